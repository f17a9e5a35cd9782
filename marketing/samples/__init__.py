"""What the invented vendor's marketing did: consents, audiences, five campaigns, and what came back of two of them."""
