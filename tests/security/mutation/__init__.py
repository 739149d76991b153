"""Control mutants: remove one security control, and see if the tests of a claim notice.

`shop mutation-test --asvs` runs them. Each claim of tests/security/asvs.yaml that is met names its
tests and its mutants; a claim bites if a test detects each mutant, and each test detects one.

https://en.wikipedia.org/wiki/Mutation_testing
"""
