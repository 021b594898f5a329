/* SPDX-License-Identifier: Apache-2.0 */
/* Where secrets become public, for tests/ct, which compiles this room with PHASH_CT and has valgrind report every
 * branch and index that depends on a secret. Elsewhere these are nothing. */
#ifndef PHASH_OPRF_DECLASSIFY_H
#define PHASH_OPRF_DECLASSIFY_H

#ifdef PHASH_CT
#include <stddef.h>

/** From here on the bytes may be branched on: they are published, or go to OpenSSL, which is not under test. */
void phash_ct_declassify(const void *bytes, size_t size);
/** From here on the bytes are secret: they came back from OpenSSL. */
void phash_ct_classify(const void *bytes, size_t size);

#define PHASH_DECLASSIFY(bytes, size) phash_ct_declassify(bytes, size)
#define PHASH_CLASSIFY(bytes, size) phash_ct_classify(bytes, size)
#else
#define PHASH_DECLASSIFY(bytes, size) ((void)0)
#define PHASH_CLASSIFY(bytes, size) ((void)0)
#endif

#endif
