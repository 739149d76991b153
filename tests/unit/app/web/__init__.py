"""Unit tests of the web application, through its HTTP interface."""
