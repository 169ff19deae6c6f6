"""What every wing leans on to stay standing: text that can be stored, tables that fit, what one may do in a day."""
