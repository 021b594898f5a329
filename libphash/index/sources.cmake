set(index_sources best_hits.c index.c index_ask.c index_change.c index_file.c plan.c segment.c segment_file.c
    segment_search.c)
