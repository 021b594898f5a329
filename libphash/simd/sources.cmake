set(simd_sources)
