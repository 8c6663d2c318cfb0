"""How the demo's thumbnails are drawn; `backend/data/synthetic/demo_dataset.py` makes a dataset of them."""
