"""How the demo's thumbnails are drawn; `backend/demo_data.py` makes a dataset of them."""
