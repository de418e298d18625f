"""Data of earlier states of the project opens in the present one."""
