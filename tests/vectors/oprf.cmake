# SPDX-License-Identifier: Apache-2.0
# RFC 9380 and RFC 9497 vectors from the data folder, and the timing program of the oblivious protocol.
if(PHASH_PRIVATE)
    phash_test_program(vectors_oprf SOURCES vectors_oprf.c poprf.c LIBRARIES phash_test_support)
    foreach(part IN ITEMS curve protocol decode)
        phash_plain_test(vectors.oprf.${part} vectors vectors_oprf ${part})
    endforeach()
    phash_test_program(oprf_timing SOURCES oprf_timing.c LIBRARIES phash_test_support) # built, run by hand
    phash_test_program(set_timing SOURCES set_timing.c ${PROJECT_SOURCE_DIR}/tests/support/set_fixture.c
        LIBRARIES phash_test_support) # likewise
endif()
