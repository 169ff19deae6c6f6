"""The pages about opportunities, one module for each thing that people do there."""
