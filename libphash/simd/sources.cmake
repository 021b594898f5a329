set(simd_sources
    blocks.c box.c crc32c.c dct.c dct_tables.c grid.c half_dct.c hamming.c luma.c quality.c
    # Empty on other architectures, and with PHASH_NO_SIMD.
    arm/box_neon.c arm/dct_neon.c arm/half_dct_neon.c arm/hamming_neon.c arm/luma_neon.c arm/quality_neon.c
    x86/blocks_avx512.c x86/box_avx2.c x86/box_avx512.c x86/box_sse2.c x86/crc32c_sse42.c x86/dct_avx2.c
    x86/dct_avx512.c x86/dct_sse2.c x86/half_dct_avx2.c x86/half_dct_avx512.c x86/half_dct_sse2.c
    x86/hamming_avx2.c x86/hamming_avx512.c x86/luma_avx2.c x86/luma_avx512.c x86/luma_sse2.c x86/quality_avx2.c)
set(simd_private_sources p256.c x86/p256_ifma.c)
