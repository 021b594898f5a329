/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of phash-evaluator. */
#ifndef PHASH_TOOLS_EVALUATOR_OPTIONS_H
#define PHASH_TOOLS_EVALUATOR_OPTIONS_H

#include "evaluator/service.h"

#include <stdbool.h>

/** Read it. False when there is nothing to serve: *status is what to exit with then. */
bool evaluator_options_read(service_options *o, int *status, int argc, char **argv);

#endif
