"""Run the handler of a deployed function in a process of this machine, under a debugger."""
