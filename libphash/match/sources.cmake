set(match_sources plain.c)
set(match_private_sources evaluator.c probe_plan.c query.c)
