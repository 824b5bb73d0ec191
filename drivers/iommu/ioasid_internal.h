/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the PASID space share. One lock, ioasid_lock, guards the
 * table of numbers and all sets. It is taken with interrupts off, nothing
 * sleeps under it, and of the locks of others it is held over none: see
 * "Locks and contexts" in Documentation/driver-api/ioasid.rst.
 */
#ifndef __IOASID_INTERNAL_H
#define __IOASID_INTERNAL_H

#include <linux/ioasid.h>
#include <linux/llist.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/xarray.h>

struct misc_cg;

/**
 * struct ioasid_entry - a number in use
 * @set: its set; the entry keeps the memory of the set
 * @private: what the owner passed; the owner keeps its memory until a grace
 *	period after the number was freed
 * @link: (L, R) in &ioasid_set.ids while @live
 * @users: the owner, while @live, and everybody who got a reference
 * @id: the number
 * @spid: (L) its set-private number, or %INVALID_IOASID
 * @pid: process that asked for it
 * @live: (L, read under RCU) not freed yet: it can be found
 * @ended: (L, read under RCU) nobody has the number any more, or yet, and
 *	nothing keeps @set
 * @hw_free: function of the allocator that it came from, NULL for none
 * @cg: cgroup that is charged for it, with a reference; NULL for none
 * @rcu: for its end
 * @pending: before that, in the list of numbers to give back to the platform
 */
struct ioasid_entry {
	struct ioasid_set *set;
	void __rcu *private;
	struct list_head link;
	refcount_t users;
	ioasid_t id;
	u32 spid;
	pid_t pid;
	bool live;
	bool ended;
	ioasid_free_fn_t hw_free;
	struct misc_cg *cg;
	union {
		struct rcu_head rcu;
		struct llist_node pending;
	};
};

extern struct xarray ioasid_xa;
extern struct list_head ioasid_sets;

static inline unsigned long ioasid_lock(void)
	__acquires(&ioasid_xa.xa_lock)
{
	unsigned long flags;

	xa_lock_irqsave(&ioasid_xa, flags);
	return flags;
}

static inline void ioasid_unlock(unsigned long flags)
	__releases(&ioasid_xa.xa_lock)
{
	xa_unlock_irqrestore(&ioasid_xa, flags);
}

#define ioasid_assert_locked()	lockdep_assert_held(&ioasid_xa.xa_lock)

/*
 * What is where a number has its place in the table, under RCU or the lock: the
 * entry of the number, or of another one, or NULL.
 *
 * Walks as xa_load() does, in half of the instructions: all entries are single
 * ones, and an entry knows its number, so that the walk need not care whether
 * the tree reaches that far.
 */
static inline struct ioasid_entry *ioasid_slot(ioasid_t id)
{
	const struct xa_node *node;
	void *slot;

	do {
		slot = xa_head(&ioasid_xa);
		while (xa_is_node(slot)) {
			node = xa_to_node(slot);
			slot = xa_entry(&ioasid_xa, node,
					(id >> node->shift) & XA_CHUNK_MASK);
		}
	} while (unlikely(xa_is_retry(slot)));
	return slot;
}

/* The entry of a number that the caller has a reference to. */
static inline struct ioasid_entry *ioasid_entry_at(ioasid_t id)
{
	struct ioasid_entry *entry = ioasid_slot(id);

	return entry && READ_ONCE(entry->id) == id ? entry : NULL;
}

/* The entry of a number that was not freed; else NULL. */
static inline struct ioasid_entry *ioasid_live_entry(ioasid_t id)
{
	struct ioasid_entry *entry = ioasid_slot(id);

	/* Pairs with make_live(), which has set the number before. */
	if (!entry || !smp_load_acquire(&entry->live) || entry->id != id)
		return NULL;
	return entry;
}

/*
 * After a number or a reference went: is the set at its end? If so, the caller
 * drops the lock and releases it.
 */
static inline bool ioasid_set_ended(struct ioasid_set *set)
{
	ioasid_assert_locked();
	if (set->refs || set->used)
		return false;
	list_del_rcu(&set->link);
	return true;
}

/* Nobody can have @set any more: free it where that may sleep. */
static inline void ioasid_set_release(struct ioasid_set *set)
{
	queue_rcu_work(system_wq, &set->release);
}

int ioasid_free_newest(struct ioasid_set *set);
void ioasid_reclaim(struct ioasid_entry *entry);
bool ioasid_none_in_use(void);

#ifdef CONFIG_IOASID_ALLOCATOR

extern struct ioasid_allocator_ops *ioasid_allocator;

/* Are numbers the platform's to give? Settled under the lock. */
static inline bool ioasid_platform_gives(void)
{
	return READ_ONCE(ioasid_allocator);
}

void ioasid_platform_lock(void);
void ioasid_platform_unlock(void);
int ioasid_platform_alloc(struct ioasid_entry *entry, ioasid_t min,
			  ioasid_t max);
void ioasid_platform_abort(struct ioasid_entry *entry);
void ioasid_platform_free(struct ioasid_entry *entry);

#else

static inline bool ioasid_platform_gives(void)
{
	return false;
}

static inline void ioasid_platform_lock(void) { }
static inline void ioasid_platform_unlock(void) { }

static inline int ioasid_platform_alloc(struct ioasid_entry *entry,
					ioasid_t min, ioasid_t max)
{
	return -EOPNOTSUPP;
}

static inline void ioasid_platform_abort(struct ioasid_entry *entry) { }
static inline void ioasid_platform_free(struct ioasid_entry *entry) { }

#endif /* CONFIG_IOASID_ALLOCATOR */

#ifdef CONFIG_IOASID_CGROUP

int ioasid_charge(struct ioasid_entry *entry);
void ioasid_uncharge(struct misc_cg *cg);
void ioasid_charge_capacity(u32 capacity);

#else

static inline int ioasid_charge(struct ioasid_entry *entry)
{
	return 0;
}

static inline void ioasid_uncharge(struct misc_cg *cg) { }
static inline void ioasid_charge_capacity(u32 capacity) { }

#endif /* CONFIG_IOASID_CGROUP */
#endif /* __IOASID_INTERNAL_H */
