set(oprf_sources)
