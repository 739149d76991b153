"""The steps of the Step Functions workflow: one file is one step and calls one domain function."""
