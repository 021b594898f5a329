# SPDX-License-Identifier: Apache-2.0
# PDQ on generated pictures, and the table of its DCT.

add_library(phash_test_pdq STATIC pdq_planes.c pdq_reference.c)
target_include_directories(phash_test_pdq PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(phash_test_pdq PRIVATE phash_flags PUBLIC m)

phash_test_program(vectors_pdq SOURCES vectors_pdq.c LIBRARIES phash_test_pdq)
# Sanitizers and emulators are slow: leave the largest pictures to the ordinary build.
set(pdq_limit --max-pixels 16777216)
if(PHASH_SANITIZE OR CMAKE_CROSSCOMPILING)
    set(pdq_limit --max-pixels 1000000)
endif()
phash_plain_test(vectors.pdq vectors vectors_pdq ${pdq_limit})
phash_plain_test(vectors.pdq_literal vectors vectors_pdq --literal ${pdq_limit})
phash_plain_test(vectors.pdq_extra vectors vectors_pdq ${pdq_limit} --mask 0xffffffff
    --file ${PHASH_TEST_DATA}/pdq/raw_vectors.tsv)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
    phash_plain_test(vectors.dct_tables vectors ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/make_dct_tables.py
        --check ${PROJECT_SOURCE_DIR}/libphash/simd/dct_tables.c)
endif()
