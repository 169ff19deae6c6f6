"""WHAT IT COMES TO: the figures on which the assembly votes."""
