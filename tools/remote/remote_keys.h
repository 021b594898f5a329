/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys an evaluator serves, asked before a scan begins. */
#ifndef PHASH_TOOLS_REMOTE_KEYS_H
#define PHASH_TOOLS_REMOTE_KEYS_H

#include "remote/http.h"

#include <phash/set.h>

/** Does it serve the key of a set? While there is no answer it is asked again, for wait_ms. origin: what to call it.
 *  False after a message. */
bool remote_keys_check(const http_access *access, const char *url, const char *origin, uint64_t wait_ms,
                       const phash_set_info *set);

#endif
