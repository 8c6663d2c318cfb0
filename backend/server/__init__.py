"""The local server: who may ask, what may be sent, how much at once, and what is answered."""
