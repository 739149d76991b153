"""The abuse campaign: one network takes all it can get while ten others buy."""
