set(index_sources best_hits.c index.c)
