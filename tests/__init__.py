"""Tests mirror assistants_app; fakes, sdk, contract, browser and bench stand beside."""
