"""Tests of a stack on AWS: `shop aws test --stack NAME`. Without credentials all are skipped."""
