/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the PASID space uses of the kernel and the shims of the kernel's own
 * tools/testing/radix-tree do not have. The headers in linux/ lead here.
 */
#ifndef __IOASID_SHIM_KERNEL_H
#define __IOASID_SHIM_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <asm/barrier.h>
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)

#define __rcu
#define cond_resched()		((void)0)
#define might_alloc(gfp)	((void)(gfp))
#define strscpy(to, from, size)	\
	((void)snprintf(to, size, "%s", from))

#define cmpxchg(p, old, new)	uatomic_cmpxchg(p, old, new)

#undef spin_lock_irqsave
#define spin_lock_irqsave(lock, flags)	\
	((flags) = 0, (void)pthread_mutex_lock(lock))

/* That a lock is held: taken again, it would deadlock. */
#define lockdep_assert_held(lock)	\
	assert(pthread_mutex_trylock(lock) == EBUSY)

/* Allocations of the tested code, which can be made to fail, and what is left. */
extern bool shim_no_memory;
extern int nr_allocated, kmalloc_nr_allocated;
#define kzalloc(size, gfp)	(shim_no_memory ? NULL : kzalloc(size, gfp))
#define kmalloc(size, gfp)	(shim_no_memory ? NULL : kmalloc(size, gfp))

/* Frees are deferred to the thread of liburcu. */
#define kfree_rcu(p, field) do {					\
	typeof(p) _p = (p);						\
									\
	void _free(struct rcu_head *head)				\
	{								\
		kfree(container_of(head, typeof(*_p), field));		\
	}								\
	call_rcu(&_p->field, _free);					\
} while (0)

/* Lists: the thread of liburcu reads none. */
#define list_add_rcu(entry, head)	list_add(entry, head)
#define list_add_tail_rcu(entry, head)	list_add_tail(entry, head)
#define list_del_rcu(entry)		__list_del_entry(entry)
#define list_for_each_entry_rcu(pos, head, member)	\
	list_for_each_entry(pos, head, member)

/* References */
struct shim_refcount {
	unsigned int count;
};

#define refcount_t		struct shim_refcount
#define REFCOUNT_INIT(n)	{ .count = (n) }
#define refcount_read(ref)	((ref)->count)

static inline bool refcount_inc_not_zero(refcount_t *ref)
{
	assert(ref->count < 1000000);
	if (!ref->count)
		return false;
	ref->count++;
	return true;
}

static inline bool refcount_dec_and_test(refcount_t *ref)
{
	assert(ref->count);
	return !--ref->count;
}

struct llist_node {
	struct llist_node *next;
};

/* Work is done when it is queued, a grace period later. */
struct work_struct {
	void (*fn)(struct work_struct *work);
};

struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
};

#define INIT_RCU_WORK(_work, _fn)	((_work)->work.fn = (_fn))
#define to_rcu_work(_work)	container_of(_work, struct rcu_work, work)
#define queue_rcu_work(queue, _work) do {				\
	void _run(struct rcu_head *head)				\
	{								\
		struct rcu_work *done;					\
									\
		done = container_of(head, struct rcu_work, rcu);	\
		done->work.fn(&done->work);				\
	}								\
	call_rcu(&(_work)->rcu, _run);					\
} while (0)

/* Processes */
#define TASK_COMM_LEN		16

struct mm_struct {
	long grabs;
};

#define current			0
#define task_tgid_nr(task)	((task) + 1)
#define get_task_comm(to, task)	((void)(task), strscpy(to, "test", sizeof(to)))
#define mmgrab(mm)		uatomic_inc(&((struct mm_struct *)(mm))->grabs)
#define mmdrop(mm)		uatomic_dec(&((struct mm_struct *)(mm))->grabs)

/* Nobody traces. */
#define TP_PROTO(args...)	args
#define TP_ARGS(args...)
#define TP_STRUCT__entry(args...)
#define TP_fast_assign(args...)
#define TP_printk(args...)
#define TRACE_DEFINE_ENUM(name)
#define DECLARE_EVENT_CLASS(name, ...)
#define DEFINE_EVENT(class, name, proto, args)	\
	static inline void trace_##name(proto) { }
#define TRACE_EVENT(name, proto, ...)	\
	static inline void trace_##name(proto) { }

#endif
