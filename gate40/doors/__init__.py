"""What a request meets before any page: is it readable, is it too large, and the sentence that refuses it."""
