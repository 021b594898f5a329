/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of sealed keys: what it takes is written again byte for byte, and never asks for more than is allowed. */
#include "keys/sealed_key.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[SEALED_KEY_FILE_MAX];
    sealed_key k;
    const char *why = NULL;

    if (!sealed_key_parse(&k, &why, data, size)) {
        CHECK(why != NULL);
        return 0;
    }
    CHECK(sealed_key_is(data, size) && size <= sizeof again);
    CHECK(k.log2_n >= SEALED_LOG2_N_MIN && k.log2_n <= SEALED_LOG2_N_MAX);
    CHECK(k.box_size > SEALED_TAG && k.box_size <= sizeof k.box && strlen(k.created) == SEALED_DATE_SIZE - 1);
    CHECK(sealed_key_format(again, &k) == size && memcmp(again, data, size) == 0);
    return 0;
}
