set(hash_sources text.c)
