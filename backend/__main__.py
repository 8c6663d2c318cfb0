"""`python -m backend`: Thumbprint's command line."""

from backend.cli.main import main

main()
