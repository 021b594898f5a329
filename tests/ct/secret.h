/* SPDX-License-Identifier: Apache-2.0 */
/* Marking secrets for valgrind's memcheck. */
#ifndef PHASH_TESTS_SECRET_H
#define PHASH_TESTS_SECRET_H

#include <valgrind/memcheck.h>

/* From here on a branch or an index that depends on these bytes is an error. */
#define SECRET(object) VALGRIND_MAKE_MEM_UNDEFINED(&(object), sizeof(object))
/* A result that is published. */
#define PUBLIC(object) VALGRIND_MAKE_MEM_DEFINED(&(object), sizeof(object))

#endif
