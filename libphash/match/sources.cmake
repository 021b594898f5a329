set(match_sources plain.c)
set(match_private_sources evaluator.c plan_model.c probe_heap.c probe_plan.c query.c query_state.c)
