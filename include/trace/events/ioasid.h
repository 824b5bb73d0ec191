/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of PASIDs. "owner" is the name and the process of the set's owner,
 * as in the file ioasid/sets of debugfs.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ioasid

#if !defined(_TRACE_IOASID_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IOASID_H

#include <linux/ioasid.h>
#include <linux/tracepoint.h>

#define IOASID_REFUSALS						\
	EM(IOASID_REFUSED_RANGE,	"bad range")		\
	EM(IOASID_REFUSED_CAPACITY,	"beyond capacity")	\
	EM(IOASID_REFUSED_SPACE,	"no free number")	\
	EM(IOASID_REFUSED_CEILING,	"ceiling of set")	\
	EM(IOASID_REFUSED_CGROUP,	"limit of cgroup")	\
	EM(IOASID_REFUSED_CLOSED,	"set closed")		\
	EM(IOASID_REFUSED_PLATFORM,	"platform")		\
	EMe(IOASID_REFUSED_MEMORY,	"no memory")

#ifndef __IOASID_REFUSAL_ENUM
#define __IOASID_REFUSAL_ENUM
#define EM(value, name)		value,
#define EMe(value, name)	value
enum ioasid_refusal { IOASID_REFUSALS };
#undef EM
#undef EMe
#endif

#define EM(value, name)		TRACE_DEFINE_ENUM(value);
#define EMe(value, name)	TRACE_DEFINE_ENUM(value);
IOASID_REFUSALS
#undef EM
#undef EMe
#define EM(value, name)		{ value, name },
#define EMe(value, name)	{ value, name }

DECLARE_EVENT_CLASS(ioasid,
	TP_PROTO(const struct ioasid_set *set, ioasid_t id),
	TP_ARGS(set, id),
	TP_STRUCT__entry(
		__array(char, owner, TASK_COMM_LEN)
		__field(pid_t, pid)
		__field(u32, id)
		__field(u32, used)
		__field(u32, parked)
	),
	TP_fast_assign(
		memcpy(__entry->owner, set->owner, TASK_COMM_LEN);
		__entry->pid = set->pid;
		__entry->id = id;
		__entry->used = set->used;
		__entry->parked = set->parked;
	),
	TP_printk("owner=%s/%d id=%u used=%u parked=%u", __entry->owner,
		  __entry->pid, __entry->id, __entry->used, __entry->parked)
);

/* A number was given to its owner. */
DEFINE_EVENT(ioasid, ioasid_alloc,
	TP_PROTO(const struct ioasid_set *set, ioasid_t id),
	TP_ARGS(set, id)
);

/* Its owner has freed it: from now on nobody finds it. */
DEFINE_EVENT(ioasid, ioasid_free,
	TP_PROTO(const struct ioasid_set *set, ioasid_t id),
	TP_ARGS(set, id)
);

/* It was freed with references left: it stays in use until they are gone. */
DEFINE_EVENT(ioasid, ioasid_park,
	TP_PROTO(const struct ioasid_set *set, ioasid_t id),
	TP_ARGS(set, id)
);

/* Nobody has it any more: it can be allocated anew. */
DEFINE_EVENT(ioasid, ioasid_reclaim,
	TP_PROTO(const struct ioasid_set *set, ioasid_t id),
	TP_ARGS(set, id)
);

/* No number was given. */
TRACE_EVENT(ioasid_refused,
	TP_PROTO(const struct ioasid_set *set, ioasid_t min, ioasid_t max,
		 enum ioasid_refusal reason),
	TP_ARGS(set, min, max, reason),
	TP_STRUCT__entry(
		__array(char, owner, TASK_COMM_LEN)
		__field(pid_t, pid)
		__field(u32, min)
		__field(u32, max)
		__field(int, reason)
	),
	TP_fast_assign(
		memcpy(__entry->owner, set->owner, TASK_COMM_LEN);
		__entry->pid = set->pid;
		__entry->min = min;
		__entry->max = max;
		__entry->reason = reason;
	),
	TP_printk("owner=%s/%d min=%u max=%u reason=%s", __entry->owner,
		  __entry->pid, __entry->min, __entry->max,
		  __print_symbolic(__entry->reason, IOASID_REFUSALS))
);

#undef EM
#undef EMe

#endif /* _TRACE_IOASID_H */

#include <trace/define_trace.h>
