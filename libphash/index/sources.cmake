set(index_sources)
