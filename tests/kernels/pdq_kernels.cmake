# SPDX-License-Identifier: Apache-2.0
# One program per kernel family. Time the variants with: <build>/tests/kernel_<family> --bench

add_library(phash_test_kernels STATIC kernel_harness.c)
target_include_directories(phash_test_kernels PUBLIC ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/libphash
    ${PROJECT_SOURCE_DIR}/libphash/include)
target_link_libraries(phash_test_kernels PRIVATE phash_flags PUBLIC phash_test_support)

set(families blocks box crc32c dct half_dct hamming hasher luma quality)
if(PHASH_PRIVATE)
    list(APPEND families p256)
endif()
foreach(family IN LISTS families)
    phash_test_program(kernel_${family} SOURCES kernel_${family}.c LIBRARIES phash_test_kernels phash_test_pdq)
    phash_plain_test(kernels.${family} kernels kernel_${family})
    # Features removed (util/cpu.h): the plain kernels alone, the narrowest vectors, all but the widest.
    phash_plain_test(kernels.mask_c.${family} kernels kernel_${family} --mask 0 --seed 2)
    phash_plain_test(kernels.mask_sse2.${family} kernels kernel_${family} --mask 1 --seed 4)
    phash_plain_test(kernels.mask_avx2.${family} kernels kernel_${family} --mask 0x107 --seed 3)
endforeach()
