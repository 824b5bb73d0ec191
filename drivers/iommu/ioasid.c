// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's PASID space: numbers, their owners and their life.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "ioasid_internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/ioasid.h>

/* Interrupts are off under its lock; xa_alloc_irq() may sleep outside of it. */
struct xarray ioasid_xa = XARRAY_INIT(ioasid_xa, XA_FLAGS_ALLOC |
				      XA_FLAGS_LOCK_IRQ);
LIST_HEAD(ioasid_sets);

static u32 capacity = IOASID_MAX + 1;
static bool capacity_installed;
/* (L) Where the search for a free number starts. */
static u32 next_id;
/*
 * (L) What is left of the number that was freed last. It stays in the table,
 * so that the number is not the next to be given, nor the memory of the table
 * around it freed only to be needed for the next one.
 */
static struct ioasid_entry *remnant;

/**
 * ioasid_install_capacity - tell how many PASIDs an IOMMU can tell apart
 * @count: numbers below this one work; a power of two for hardware
 *
 * IOMMUs that share the space are as good as the narrowest: the capacity is
 * the lowest of all counts. Numbers beyond that were given before stay valid.
 *
 * Context: any but NMI.
 * Return: 0, or -EINVAL if @count is 0 or more than PASIDs can have.
 */
int ioasid_install_capacity(u32 count)
{
	unsigned long flags;

	if (!count || count > IOASID_MAX + 1)
		return -EINVAL;

	flags = ioasid_lock();
	if (!capacity_installed || count < capacity) {
		capacity_installed = true;
		WRITE_ONCE(capacity, count);
		ioasid_charge_capacity(count);
	}
	ioasid_unlock(flags);
	return 0;
}
EXPORT_SYMBOL_GPL(ioasid_install_capacity);

/**
 * ioasid_capacity - how many numbers the space has
 *
 * Context: any.
 * Return: what the narrowest IOMMU can tell apart, or as many as a PASID can
 *	have if none has told.
 */
u32 ioasid_capacity(void)
{
	return READ_ONCE(capacity);
}
EXPORT_SYMBOL_GPL(ioasid_capacity);

static int refused(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		   enum ioasid_refusal reason)
{
	static const int error[] = {
		[IOASID_REFUSED_RANGE]		= -EINVAL,
		[IOASID_REFUSED_CAPACITY]	= -ERANGE,
		[IOASID_REFUSED_SPACE]		= -ENOSPC,
		[IOASID_REFUSED_CEILING]	= -EDQUOT,
		[IOASID_REFUSED_CGROUP]		= -EDQUOT,
		[IOASID_REFUSED_CLOSED]		= -ESHUTDOWN,
		[IOASID_REFUSED_PLATFORM]	= -EIO,
		[IOASID_REFUSED_MEMORY]		= -ENOMEM,
	};

	trace_ioasid_refused(set, min, max, reason);
	return error[reason];
}

static int refused_by_xarray(struct ioasid_entry *entry, ioasid_t min,
			     ioasid_t max, int rc)
{
	if (rc != -EBUSY)
		return refused(entry->set, min, max, IOASID_REFUSED_MEMORY);
	if (!entry->hw_free)
		return refused(entry->set, min, max, IOASID_REFUSED_SPACE);
	/* A number that somebody has is not this caller's to give back. */
	entry->hw_free = NULL;
	return refused(entry->set, min, max, IOASID_REFUSED_PLATFORM);
}

/* The number that was freed last can be had, if there is no other. */
static bool choose_last_freed(struct ioasid_entry *entry, ioasid_t min,
			      ioasid_t max, ioasid_t *id)
{
	if (!remnant || remnant->id < min || remnant->id > max)
		return false;
	*id = remnant->id;
	/* Needs no memory: the place is there. */
	__xa_store(&ioasid_xa, *id, entry, GFP_NOWAIT);
	kfree_rcu(remnant, rcu);
	remnant = NULL;
	return true;
}

/* Put @entry at a free number; the lock may be dropped for a moment. */
static int choose_id(struct ioasid_entry *entry, ioasid_t min, ioasid_t max,
		     ioasid_t *id)
{
	int rc = -EBUSY;

	/* Mostly the next one is free, which is quicker to try than to find. */
	*id = min == max ? min : next_id;
	if (*id >= min && *id <= max)
		rc = __xa_insert(&ioasid_xa, *id, entry, GFP_KERNEL);
	if (rc == -EBUSY && min != max)
		rc = __xa_alloc_cyclic(&ioasid_xa, id, entry,
				       XA_LIMIT(min, max), &next_id,
				       GFP_KERNEL);
	if (rc == -EBUSY && choose_last_freed(entry, min, max, id))
		rc = 0;
	if (rc >= 0 && min != max)
		next_id = *id + 1;
	return min(rc, 0);
}

/* All that makes @entry a live number @id of its set. */
static void make_live(struct ioasid_entry *entry, ioasid_t id)
{
	struct ioasid_set *set = entry->set;

	WRITE_ONCE(entry->id, id);
	list_add_rcu(&entry->link, &set->ids);
	if (set->used > set->peak)
		set->peak = set->used;
	if (unlikely(list_empty(&set->link)))
		list_add_tail_rcu(&set->link, &ioasid_sets);
	WRITE_ONCE(entry->ended, false);
	/* Who sees it live sees the rest, see ioasid_live_entry(). */
	smp_store_release(&entry->live, true);
	trace_ioasid_alloc(set, id);
}

/*
 * Find a number for @entry and let it live. Gives the number, a negative
 * errno, or -EAGAIN if numbers are the platform's to give.
 */
static int publish(struct ioasid_entry *entry, ioasid_t min, ioasid_t max)
{
	struct ioasid_set *set = entry->set;
	ioasid_t id;
	int rc;

	xa_lock_irq(&ioasid_xa);
	if (set->closed) {
		rc = refused(set, min, max, IOASID_REFUSED_CLOSED);
		goto err_unlock;
	}
	if (set->ceiling && set->used >= set->ceiling) {
		rc = refused(set, min, max, IOASID_REFUSED_CEILING);
		goto err_unlock;
	}
	set->used++;
	rc = choose_id(entry, min, max, &id);
	if (rc) {
		rc = refused_by_xarray(entry, min, max, rc);
		goto err_uncount;
	}
	/* Both may have changed while the lock was dropped. */
	if (set->closed) {
		rc = refused(set, min, max, IOASID_REFUSED_CLOSED);
		goto err_erase;
	}
	if (ioasid_platform_gives() && !entry->hw_free) {
		rc = -EAGAIN;
		goto err_erase;
	}
	make_live(entry, id);
	xa_unlock_irq(&ioasid_xa);
	return id;

err_erase:
	__xa_erase(&ioasid_xa, id);
err_uncount:
	set->used--;
err_unlock:
	xa_unlock_irq(&ioasid_xa);
	return rc;
}

/* Have the platform choose the number; gives -EAGAIN if there is none. */
static int publish_platform(struct ioasid_entry *entry, ioasid_t min,
			    ioasid_t max)
{
	int rc;

	/*
	 * A number on its way here is not in the table. Its platform stays, or
	 * one that does not know of it could come meanwhile.
	 */
	ioasid_platform_lock();
	rc = ioasid_platform_alloc(entry, min, max);
	if (rc == -EIO)
		refused(entry->set, min, max, IOASID_REFUSED_PLATFORM);
	if (rc >= 0)
		rc = publish(entry, rc, rc);
	if (rc < 0)
		ioasid_platform_abort(entry);
	ioasid_platform_unlock();
	return rc;
}

/**
 * ioasid_alloc - allocate a number
 * @set: the set that it shall belong to; the caller keeps the set
 * @min: lowest number (inclusive); the same as @max for just this one
 * @max: highest number (inclusive); what is beyond the capacity is left out
 * @private: for ioasid_find(); its memory stays valid until a grace period
 *	after the number was freed
 *
 * 0 is a number like any other here. IOMMUs use it for transactions without
 * a PASID: who allocates for hardware passes a @min of 1 or more.
 *
 * The misc cgroup of the calling process is charged.
 *
 * Context: process, may sleep.
 * Return: the number, which the caller gives back with ioasid_free(); or
 *	-EINVAL: no set, or @min is above @max;
 *	-ERANGE: all of the range is beyond the capacity;
 *	-ENOSPC: no number of the range is free;
 *	-EDQUOT: the set is at its ceiling, a cgroup or the system at its limit;
 *	-ESHUTDOWN: the set's owner has freed it;
 *	-EIO: the platform gives no number, see ioasid_register_allocator();
 *	-ENOMEM.
 */
int ioasid_alloc(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		 void *private)
{
	struct ioasid_entry *entry;
	int rc;

	if (!set)
		return -EINVAL;
	if (min > max)
		return refused(set, min, max, IOASID_REFUSED_RANGE);
	max = min(max, ioasid_capacity() - 1);
	if (min > max)
		return refused(set, min, max, IOASID_REFUSED_CAPACITY);

	entry = kmalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return refused(set, min, max, IOASID_REFUSED_MEMORY);
	*entry = (struct ioasid_entry){
		.set = set,
		.private = (void __force __rcu *)private,
		.users = REFCOUNT_INIT(1),
		.spid = INVALID_IOASID,
		.pid = task_tgid_nr(current),
		.ended = true,
	};

	if (ioasid_charge(entry)) {
		kfree(entry);
		return refused(set, min, max, IOASID_REFUSED_CGROUP);
	}
	do {
		rc = ioasid_platform_gives() ?
			publish_platform(entry, min, max) :
			publish(entry, min, max);
	} while (rc == -EAGAIN);
	if (rc < 0) {
		ioasid_uncharge(entry->cg);
		/* A reader may have seen it. */
		kfree_rcu(entry, rcu);
	}
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_alloc);

/* Nobody has the number: end it, and its set if that was all that is left. */
static void erase_and_unlock(struct ioasid_entry *entry, unsigned long flags)
	__releases(&ioasid_xa.xa_lock)
{
	struct ioasid_entry *previous = remnant;
	struct ioasid_set *set = entry->set;
	struct misc_cg *cg = entry->cg;
	bool ended;

	ioasid_assert_locked();
	if (previous)
		__xa_erase(&ioasid_xa, previous->id);
	remnant = entry;
	WRITE_ONCE(entry->ended, true);
	set->used--;
	trace_ioasid_reclaim(set, entry->id);
	ended = ioasid_set_ended(set);
	ioasid_unlock(flags);

	/* From here on @entry is for whoever frees the next number. */
	ioasid_uncharge(cg);
	if (previous)
		kfree_rcu(previous, rcu);
	if (unlikely(ended))
		ioasid_set_release(set);
}

/**
 * ioasid_none_in_use - has nobody a number?
 *
 * Context: under the lock.
 * Return: whether no number is allocated or parked.
 */
bool ioasid_none_in_use(void)
{
	unsigned long first = 0;

	ioasid_assert_locked();
	if (remnant) {
		__xa_erase(&ioasid_xa, remnant->id);
		kfree_rcu(remnant, rcu);
		remnant = NULL;
	}
	/* Not xa_empty(): nodes stay where an allocation of more has failed. */
	return !xa_find(&ioasid_xa, &first, ULONG_MAX, XA_PRESENT);
}

/**
 * ioasid_reclaim - end a parked number
 * @entry: without users, and back at the platform if it came from there
 *
 * Context: any but NMI.
 */
void ioasid_reclaim(struct ioasid_entry *entry)
{
	unsigned long flags = ioasid_lock();

	entry->set->parked--;
	erase_and_unlock(entry, flags);
}

/* The last reference is gone. */
static void entry_release(struct ioasid_entry *entry)
{
	if (entry->hw_free)
		ioasid_platform_free(entry);
	else
		ioasid_reclaim(entry);
}

/*
 * Make a live number invisible, then reclaim or park it. Drops the lock. A
 * number that goes back to the platform is parked meanwhile.
 */
static void kill_and_unlock(struct ioasid_entry *entry, unsigned long flags)
	__releases(&ioasid_xa.xa_lock)
{
	struct ioasid_set *set = entry->set;
	bool last;

	WRITE_ONCE(entry->live, false);
	list_del_rcu(&entry->link);
	if (entry->spid != INVALID_IOASID)
		xa_erase(set->spids, entry->spid);
	trace_ioasid_free(set, entry->id);

	last = refcount_dec_and_test(&entry->users);
	if (last && !entry->hw_free) {
		erase_and_unlock(entry, flags);
		return;
	}
	set->parked++;
	trace_ioasid_park(set, entry->id);
	ioasid_unlock(flags);
	if (last)
		entry_release(entry);
}

/**
 * ioasid_free_in_set - free a number of a set
 * @set: the set that it has to belong to, NULL for any
 * @ioasid: the number
 *
 * Nobody finds the number any more when this returns. While others have
 * references, it stays parked: charged, counted and not given to anybody.
 *
 * Context: any but NMI.
 * Return: 0, -ENOENT if it is not allocated, -EACCES if another set has it.
 */
int ioasid_free_in_set(struct ioasid_set *set, ioasid_t ioasid)
{
	unsigned long flags = ioasid_lock();
	struct ioasid_entry *entry = ioasid_live_entry(ioasid);

	if (!entry || (set && entry->set != set)) {
		ioasid_unlock(flags);
		return entry ? -EACCES : -ENOENT;
	}
	kill_and_unlock(entry, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(ioasid_free_in_set);

/**
 * ioasid_free - free a number
 * @ioasid: the number
 *
 * As ioasid_free_in_set(), for whoever knows that the number is his.
 *
 * Context: any but NMI.
 * Return: 0, or -ENOENT if it is not allocated.
 */
int ioasid_free(ioasid_t ioasid)
{
	return ioasid_free_in_set(NULL, ioasid);
}
EXPORT_SYMBOL_GPL(ioasid_free);

/**
 * ioasid_free_newest - free the number that a set got last
 * @set: the set
 *
 * Context: any but NMI.
 * Return: 0, or -ENOENT if it has none.
 */
int ioasid_free_newest(struct ioasid_set *set)
{
	unsigned long flags = ioasid_lock();
	struct ioasid_entry *entry;

	entry = list_first_entry_or_null(&set->ids, struct ioasid_entry, link);
	if (!entry) {
		ioasid_unlock(flags);
		return -ENOENT;
	}
	kill_and_unlock(entry, flags);
	return 0;
}

/**
 * ioasid_put - give back a reference
 * @ioasid: number that the caller has a reference to
 *
 * With the last one, a number that was freed can be used anew.
 *
 * Context: any but NMI.
 */
void ioasid_put(ioasid_t ioasid)
{
	struct ioasid_entry *entry;

	rcu_read_lock();
	entry = ioasid_entry_at(ioasid);
	if (!WARN_ON(!entry) && refcount_dec_and_test(&entry->users))
		entry_release(entry);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(ioasid_put);

/**
 * ioasid_find - find what is behind a number
 * @set: the set that it has to belong to, NULL for any
 * @ioasid: the number
 * @getter: takes a reference to the private data, under RCU; false if that is
 *	not to be had any more. NULL for none.
 *
 * Context: any, also under a lock: takes none.
 * Return: the private data, which only @getter makes safe to use; NULL if there
 *	is none or @getter did not get it; ERR_PTR(-ENOENT): not allocated;
 *	ERR_PTR(-EACCES): another set has it.
 */
void *ioasid_find(struct ioasid_set *set, ioasid_t ioasid,
		  bool (*getter)(void *))
{
	struct ioasid_entry *entry;
	void *private;

	rcu_read_lock();
	entry = ioasid_live_entry(ioasid);
	if (!entry)
		private = ERR_PTR(-ENOENT);
	else if (set && entry->set != set)
		private = ERR_PTR(-EACCES);
	else
		private = rcu_dereference(entry->private);
	if (getter && !IS_ERR_OR_NULL(private) && !getter(private))
		private = NULL;
	rcu_read_unlock();
	return private;
}
EXPORT_SYMBOL_GPL(ioasid_find);

MODULE_LICENSE("GPL");
