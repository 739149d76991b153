"""The merchants' desk: for anybody else it does not exist, neither its pages nor their parts."""
