"""`python -m backend`: Thumbprint's command line."""

from backend.cli import main

main()
