"""What people can ask of the service; the API, the command line and programs all call these."""
