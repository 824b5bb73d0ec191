/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __LINUX_IOASID_H
#define __LINUX_IOASID_H

/* Not xarray.h: that includes linux/sched/mm.h, which includes this. */

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/**
 * DOC: model
 *
 * A PASID (process address space id, PCI Express 6.0, 6.20) tells an IOMMU
 * which of many address spaces a transaction of a device is for. Where tables
 * of hardware or instructions such as ENQCMD are shared, all of the host must
 * agree on who has which number. There is one such space of numbers, and this
 * is it.
 *
 * The space is cut by owner. A *set* is the numbers of one owner: a part of the
 * kernel, an open file, or an mm. It counts what it holds and may have a
 * ceiling. Making a set takes nothing from others, and what a set gives back
 * can be had by anybody at once. A set is ownership and accounting and not
 * permission: who may use a number with which device is for those to say who
 * hand out devices.
 *
 * A number may also have a *set-private id* (SPID), unique in its set: the
 * number by which a guest knows it.
 *
 * How many numbers there are is for the IOMMU drivers to say, see
 * ioasid_install_capacity(). The process that asks for a number pays for it:
 * its misc cgroup is charged one ``pasid``, until the number can be used anew.
 */

/**
 * DOC: life
 *
 * ::
 *
 *               ioasid_alloc()
 *      free  ------------------->  allocated  ---.
 *       ^                              |         |  ioasid_get(), ioasid_put():
 *       |                              |      <--'  found by whoever looks
 *       |                              |
 *       |   no reference left          |  ioasid_free()
 *       |<-----------------------------|
 *       |                              |
 *       |                              |  references left
 *       |                              v
 *       '--------------------------  parked
 *              last ioasid_put()              found by nobody, not reused,
 *                                             still charged and counted
 *
 * ioasid_free() makes the number invisible before it returns. Whoever has a
 * reference may go on using the number, with hardware that still knows it for
 * instance, without fear that it means something else meanwhile. So teardown
 * needs no notifiers: first the device is stopped, drained and detached, then
 * the references go, the number last.
 *
 * Numbers are given in a cycle, so that the one freed last is not the next to
 * be given, unless the range has no other: a number that is kept for too long
 * rather names nothing than a stranger.
 */

/**
 * DOC: locks
 *
 * One spinlock, taken with interrupts off, guards numbers and sets. Each
 * function takes it at most for a few steps, never for the length of a set.
 *
 * =============================  ===============================================
 * ioasid_capacity()              any context, no lock
 * ioasid_install_capacity()      any context but NMI
 * ioasid_find()                  any context, no lock: RCU
 * ioasid_find_by_spid()          the same
 * ioasid_get()                   any context, no lock: RCU and a reference
 * ioasid_get_by_spid()           the same
 * ioasid_free()                  any context but NMI: with interrupts off, in a
 *                                softirq, in an RCU callback
 * ioasid_free_in_set()           the same
 * ioasid_put()                   the same
 * ioasid_detach_spid()           the same
 * ioasid_set_get()               the same
 * ioasid_set_put()               the same
 * ioasid_set_find()              the same
 * ioasid_set_free()              the same
 * ioasid_set_read_counts()       the same
 * ioasid_set_for_each()          any context; the callback runs under RCU
 * ioasid_alloc()                 may sleep
 * ioasid_attach_spid()           may sleep
 * ioasid_set_alloc()             may sleep
 * ioasid_set_free_all()          may sleep
 * ioasid_set_data()              may sleep: waits for readers
 * ioasid_register_allocator()    may sleep
 * ioasid_unregister_allocator()  may sleep
 * =============================  ===============================================
 *
 * Functions of an allocator run in process context and without any spinlock:
 * they may poll hardware. A number that is freed where nothing may sleep is
 * given back to its allocator from a work item.
 *
 * What an owner passes as private data is handed out under RCU only. The owner
 * keeps its memory valid until a grace period after ioasid_free(), for instance
 * with kfree_rcu(); a getter tells a dying one by its reference count.
 */

/**
 * typedef ioasid_t - a number in the host's PASID space
 */
typedef u32 ioasid_t;

struct xarray;

/* Never a number: what a holder without one keeps instead. */
#define INVALID_IOASID	((ioasid_t)-1)

/* A PASID has 20 bits at most: PCI Express 6.0, 6.20.2.1 */
#define IOASID_BITS	20
#define IOASID_MAX	((ioasid_t)(1U << IOASID_BITS) - 1)

/**
 * enum ioasid_set_type - who owns a set, and what its token points to
 * @IOASID_SET_KERNEL: a part of the kernel; the token may be anything or NULL
 * @IOASID_SET_CONTEXT: an open file, for instance of /dev/iommu; the token is
 *	its context
 * @IOASID_SET_MM: an address space; the token is its mm_struct, whose memory
 *	(not its users) the set keeps with a reference
 * @IOASID_SET_TYPES: number of types
 */
enum ioasid_set_type {
	IOASID_SET_KERNEL,
	IOASID_SET_CONTEXT,
	IOASID_SET_MM,
	IOASID_SET_TYPES,
};

/**
 * struct ioasid_set - the numbers of one owner
 * @type: who owns it
 * @is_static: defined by DECLARE_IOASID_SET(): never freed
 * @closed: (L) its owner has freed it: there is nothing more to be had
 * @token: what it is looked up by; NULL: by nothing
 * @owner: name of the owner, for people
 * @pid: process that made it, 0 for the kernel
 * @ceiling: most numbers that it may hold, 0 for no more than the system has
 * @used: (L) numbers that it holds, parked ones included
 * @parked: (L) numbers that were freed and are still referenced
 * @peak: (L) highest @used so far
 * @refs: (L) references of the owner and of those who looked it up
 * @ids: (L, R) its allocated numbers, the newest first
 * @spids: (R) allocated numbers by set-private number. Made for the first one,
 *	then stays; changed under the lock
 * @node: (L) in the table of tokens, if it has a token
 * @link: (L, R) in the list of all sets, from its first number on if static
 * @release: frees it a grace period after its end
 *
 * Fields are read through ioasid_set_read_counts(), never directly.
 *
 * L: guarded by the lock of ioasid.c. R: read under RCU.
 */
struct ioasid_set {
	enum ioasid_set_type type;
	bool is_static;
	bool closed;
	void *token;
	char owner[TASK_COMM_LEN];
	pid_t pid;
	u32 ceiling;
	u32 used;
	u32 parked;
	u32 peak;
	u32 refs;
	struct list_head ids;
	struct xarray *spids;
	struct hlist_node node;
	struct list_head link;
	struct rcu_work release;
};

/**
 * DECLARE_IOASID_SET - define a set of the kernel without a ceiling
 * @name: of the variable
 *
 * It can be used at once, also before any init call, and is never freed: only
 * for code that is never unloaded.
 */
#define DECLARE_IOASID_SET(name) struct ioasid_set name = {		\
	.type = IOASID_SET_KERNEL,					\
	.is_static = true,						\
	.owner = #name,							\
	.refs = 1,							\
	.ids = LIST_HEAD_INIT(name.ids),				\
	.link = LIST_HEAD_INIT(name.link),				\
}

/**
 * struct ioasid_set_counts - how much of a set is in use
 * @ceiling: most numbers that it may hold, 0 for no more than the system has
 * @used: numbers that it holds, parked ones included
 * @parked: numbers that were freed and are still referenced
 * @peak: highest @used so far
 */
struct ioasid_set_counts {
	u32 ceiling;
	u32 used;
	u32 parked;
	u32 peak;
};

/**
 * typedef ioasid_alloc_fn_t - take a number from the platform
 * @min: lowest number (inclusive)
 * @max: highest number (inclusive)
 * @data: &ioasid_allocator_ops.pdata
 *
 * Called in process context without locks that spin, may sleep.
 *
 * Return: the number, or %INVALID_IOASID.
 */
typedef ioasid_t (*ioasid_alloc_fn_t)(ioasid_t min, ioasid_t max, void *data);

/**
 * typedef ioasid_free_fn_t - give a number back to the platform
 * @ioasid: the number; nobody holds it any more
 * @data: &ioasid_allocator_ops.pdata
 *
 * Called in process context without locks that spin, may sleep.
 */
typedef void (*ioasid_free_fn_t)(ioasid_t ioasid, void *data);

/**
 * struct ioasid_allocator_ops - where the platform says which numbers to use
 * @alloc: take a number
 * @free: give it back
 * @list: (of ioasid.c) in the list of registered allocators
 * @pdata: handed to @alloc and @free
 *
 * Belongs to who registers it and must stay until it is unregistered.
 * Allocators with the same functions are doors to the same pool of numbers.
 */
struct ioasid_allocator_ops {
	ioasid_alloc_fn_t alloc;
	ioasid_free_fn_t free;
	struct list_head list;
	void *pdata;
};

#if IS_ENABLED(CONFIG_IOASID)

int ioasid_alloc(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		 void *private);
int ioasid_free(ioasid_t ioasid);
int ioasid_free_in_set(struct ioasid_set *set, ioasid_t ioasid);
int ioasid_get(struct ioasid_set *set, ioasid_t ioasid);
void ioasid_put(ioasid_t ioasid);
void *ioasid_find(struct ioasid_set *set, ioasid_t ioasid,
		  bool (*getter)(void *));
int ioasid_set_data(ioasid_t ioasid, void *data);
int ioasid_install_capacity(u32 capacity);
u32 ioasid_capacity(void);

struct ioasid_set *ioasid_set_alloc(enum ioasid_set_type type, void *token,
				    u32 ceiling, const char *owner);
struct ioasid_set *ioasid_set_find(enum ioasid_set_type type, void *token);
void ioasid_set_get(struct ioasid_set *set);
void ioasid_set_put(struct ioasid_set *set);
int ioasid_set_free(struct ioasid_set *set);
int ioasid_set_free_all(struct ioasid_set *set);
int ioasid_set_for_each(struct ioasid_set *set,
			int (*fn)(ioasid_t ioasid, void *private, void *arg),
			void *arg);
void ioasid_set_read_counts(struct ioasid_set *set,
			    struct ioasid_set_counts *counts);

int ioasid_attach_spid(struct ioasid_set *set, ioasid_t ioasid, u32 spid);
int ioasid_detach_spid(struct ioasid_set *set, ioasid_t ioasid);
ioasid_t ioasid_find_by_spid(struct ioasid_set *set, u32 spid);
ioasid_t ioasid_get_by_spid(struct ioasid_set *set, u32 spid);

static inline bool pasid_valid(ioasid_t ioasid)
{
	return ioasid <= IOASID_MAX;
}

#else /* !CONFIG_IOASID */

static inline int ioasid_alloc(struct ioasid_set *set, ioasid_t min,
			       ioasid_t max, void *private)
{
	return -EOPNOTSUPP;
}

static inline int ioasid_free(ioasid_t ioasid)
{
	return -ENOENT;
}

static inline int ioasid_get(struct ioasid_set *set, ioasid_t ioasid)
{
	return -ENOENT;
}

static inline void ioasid_put(ioasid_t ioasid) { }

static inline void *ioasid_find(struct ioasid_set *set, ioasid_t ioasid,
				bool (*getter)(void *))
{
	return NULL;
}

static inline int ioasid_set_data(ioasid_t ioasid, void *data)
{
	return -EOPNOTSUPP;
}

static inline int ioasid_install_capacity(u32 capacity)
{
	return 0;
}

static inline bool pasid_valid(ioasid_t ioasid)
{
	return false;
}

#endif /* CONFIG_IOASID */

#ifdef CONFIG_IOASID_ALLOCATOR

int ioasid_register_allocator(struct ioasid_allocator_ops *ops);
void ioasid_unregister_allocator(struct ioasid_allocator_ops *ops);

#else

static inline int ioasid_register_allocator(struct ioasid_allocator_ops *ops)
{
	return -EOPNOTSUPP;
}

static inline void
ioasid_unregister_allocator(struct ioasid_allocator_ops *ops) { }

#endif /* CONFIG_IOASID_ALLOCATOR */
#endif /* __LINUX_IOASID_H */
