#include "sim/world/operation.h"

#include <stddef.h>

const char *const sim_operation_kind_names[] = { "read",   "write",  "cas", "add",
                                                 "append", "delete", NULL };
const char *const sim_operation_status_names[] = { "ok", "fail", "unknown", NULL };
