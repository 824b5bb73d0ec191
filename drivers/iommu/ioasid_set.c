// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of PASIDs, and the set-private numbers in them.
 */
#include <linux/hashtable.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "ioasid_internal.h"

/* (L) Sets that have a token. */
static DEFINE_HASHTABLE(tokens, 6);

/* Runs in process context, a grace period after the end of the set. */
static void release_work(struct work_struct *work)
{
	struct ioasid_set *set = container_of(to_rcu_work(work),
					      struct ioasid_set, release);

	if (set->spids) {
		/* Nodes stay where an allocation of more has failed. */
		xa_destroy(set->spids);
		kfree(set->spids);
	}
	/* Not from the last put: that may run where mmdrop() must not. */
	if (set->type == IOASID_SET_MM)
		mmdrop(set->token);
	kfree(set);
}

static struct ioasid_set *find_locked(enum ioasid_set_type type, void *token)
{
	struct ioasid_set *set;

	ioasid_assert_locked();
	hash_for_each_possible(tokens, set, node, (unsigned long)token)
		if (set->type == type && set->token == token)
			return set;
	return NULL;
}

/**
 * ioasid_set_alloc - make a set
 * @type: who owns it
 * @token: what it shall be found by, once for each type; NULL for a set of the
 *	kernel that is not to be found. An mm_struct for %IOASID_SET_MM: the set
 *	keeps the struct with mmgrab(), its users may go.
 * @ceiling: most numbers that it may hold; 0 for no more than the system has
 * @owner: name for people; NULL for that of the calling process
 *
 * Nothing is set aside for the set.
 *
 * Context: process, may sleep.
 * Return: the set, which its owner ends with ioasid_set_free() or
 *	ioasid_set_free_all(); or an ERR_PTR():
 *	-EINVAL: no such type, or no token where the type needs one;
 *	-EEXIST: there is a set of this type with this token; -ENOMEM.
 */
struct ioasid_set *ioasid_set_alloc(enum ioasid_set_type type, void *token,
				    u32 ceiling, const char *owner)
{
	struct ioasid_set *set;
	unsigned long flags;

	if ((unsigned int)type >= IOASID_SET_TYPES ||
	    (!token && type != IOASID_SET_KERNEL))
		return ERR_PTR(-EINVAL);

	set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->type = type;
	set->token = token;
	set->ceiling = ceiling;
	set->pid = task_tgid_nr(current);
	if (owner)
		strscpy(set->owner, owner, sizeof(set->owner));
	else
		get_task_comm(set->owner, current);
	set->refs = 1;
	INIT_LIST_HEAD(&set->ids);
	INIT_HLIST_NODE(&set->node);
	INIT_RCU_WORK(&set->release, release_work);

	flags = ioasid_lock();
	if (token && find_locked(type, token)) {
		ioasid_unlock(flags);
		kfree(set);
		return ERR_PTR(-EEXIST);
	}
	if (type == IOASID_SET_MM)
		mmgrab(token);
	if (token)
		hash_add(tokens, &set->node, (unsigned long)token);
	list_add_tail_rcu(&set->link, &ioasid_sets);
	ioasid_unlock(flags);
	return set;
}
EXPORT_SYMBOL_GPL(ioasid_set_alloc);

/**
 * ioasid_set_find - look a set up by its token
 * @type: of the set
 * @token: of the set
 *
 * Context: any but NMI.
 * Return: the set with a reference, which the caller gives back with
 *	ioasid_set_put(); NULL if there is none or its owner has freed it.
 */
struct ioasid_set *ioasid_set_find(enum ioasid_set_type type, void *token)
{
	unsigned long flags = ioasid_lock();
	struct ioasid_set *set = token ? find_locked(type, token) : NULL;

	if (set)
		set->refs++;
	ioasid_unlock(flags);
	return set;
}
EXPORT_SYMBOL_GPL(ioasid_set_find);

/**
 * ioasid_set_get - take one more reference to a set
 * @set: a set that the caller has a reference to
 *
 * A reference keeps the memory of the set and nothing of what its owner does
 * with it.
 *
 * Context: any but NMI.
 */
void ioasid_set_get(struct ioasid_set *set)
{
	unsigned long flags = ioasid_lock();

	set->refs++;
	ioasid_unlock(flags);
}
EXPORT_SYMBOL_GPL(ioasid_set_get);

/**
 * ioasid_set_put - give back a reference to a set
 * @set: the set
 *
 * Context: any but NMI.
 */
void ioasid_set_put(struct ioasid_set *set)
{
	unsigned long flags = ioasid_lock();
	bool ended;

	set->refs--;
	ended = ioasid_set_ended(set);
	ioasid_unlock(flags);
	if (ended)
		ioasid_set_release(set);
}
EXPORT_SYMBOL_GPL(ioasid_set_put);

/* Let nobody find @set or allocate from it. */
static int close_set(struct ioasid_set *set, bool with_ids)
{
	unsigned long flags;
	int rc = 0;

	if (set->is_static)
		return -EINVAL;

	flags = ioasid_lock();
	if (set->used > set->parked && !with_ids) {
		rc = -EBUSY;
	} else {
		set->closed = true;
		hash_del(&set->node);
	}
	ioasid_unlock(flags);
	return rc;
}

/**
 * ioasid_set_free - end a set that has no numbers
 * @set: the set; the owner's reference goes
 *
 * Parked numbers keep the memory of the set until they are gone, and so do
 * those who looked it up.
 *
 * Context: any but NMI.
 * Return: 0; -EBUSY if numbers are allocated in it, and nothing is changed;
 *	-EINVAL for a set from DECLARE_IOASID_SET().
 */
int ioasid_set_free(struct ioasid_set *set)
{
	int rc = close_set(set, false);

	if (!rc)
		ioasid_set_put(set);
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_set_free);

/**
 * ioasid_set_free_all - free the numbers of a set, then the set
 * @set: the set; the owner's reference goes
 *
 * No number is given from this set any more; those it has are freed one by one,
 * the newest first, as with ioasid_free().
 *
 * Context: process, may sleep.
 * Return: 0, or -EINVAL for a set from DECLARE_IOASID_SET().
 */
int ioasid_set_free_all(struct ioasid_set *set)
{
	int rc = close_set(set, true);

	if (rc)
		return rc;
	while (!ioasid_free_newest(set))
		cond_resched();
	ioasid_set_put(set);
	return 0;
}
EXPORT_SYMBOL_GPL(ioasid_set_free_all);

/**
 * ioasid_set_for_each - call a function for the numbers of a set
 * @set: the set
 * @fn: called under RCU with each allocated number, the newest first, its
 *	private data and @arg. It may take and give back references, free
 *	numbers and detach SPIDs. Other than 0 ends the walk.
 * @arg: for @fn
 *
 * Numbers that come and go meanwhile may be seen or not.
 *
 * Context: any.
 * Return: what @fn returned last; 0 if there is no number.
 */
int ioasid_set_for_each(struct ioasid_set *set,
			int (*fn)(ioasid_t ioasid, void *private, void *arg),
			void *arg)
{
	struct ioasid_entry *entry;
	int rc = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(entry, &set->ids, link) {
		/* Pairs with make_live(). */
		if (!smp_load_acquire(&entry->live))
			continue;
		rc = fn(entry->id, rcu_dereference(entry->private), arg);
		if (rc)
			break;
	}
	rcu_read_unlock();
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_set_for_each);

/**
 * ioasid_set_read_counts - how much of a set is in use
 * @set: the set
 * @counts: gets the numbers, all of the same instant
 *
 * Context: any but NMI.
 */
void ioasid_set_read_counts(struct ioasid_set *set,
			    struct ioasid_set_counts *counts)
{
	unsigned long flags = ioasid_lock();

	counts->ceiling = set->ceiling;
	counts->used = set->used;
	counts->parked = set->parked;
	counts->peak = set->peak;
	ioasid_unlock(flags);
}
EXPORT_SYMBOL_GPL(ioasid_set_read_counts);

/* The SPIDs of @set, made for the first one. */
static struct xarray *need_spids(struct ioasid_set *set)
{
	struct xarray *spids = READ_ONCE(set->spids), *old;

	if (spids)
		return spids;
	spids = kmalloc(sizeof(*spids), GFP_KERNEL_ACCOUNT);
	if (!spids)
		return NULL;
	xa_init_flags(spids, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
	old = cmpxchg(&set->spids, NULL, spids);
	if (!old)
		return spids;
	kfree(spids);
	return old;
}

/* Fill the reserved place of @spid with the entry of @id. */
static int fill_spid(struct ioasid_set *set, ioasid_t id, u32 spid)
{
	struct ioasid_entry *entry;

	ioasid_assert_locked();
	entry = ioasid_live_entry(id);
	if (!entry)
		return -ENOENT;
	if (entry->set != set)
		return -EACCES;
	if (entry->spid != INVALID_IOASID)
		return -EBUSY;
	entry->spid = spid;
	xa_store(set->spids, spid, entry, GFP_NOWAIT);
	return 0;
}

/**
 * ioasid_attach_spid - give a number its set-private number
 * @set: the set
 * @ioasid: a number of it, without an SPID so far
 * @spid: the SPID, up to %IOASID_MAX
 *
 * It goes with ioasid_detach_spid(), or with the number.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL: not an SPID; -EEXIST: the set has this SPID;
 *	-EBUSY: the number has another; -ENOENT: the number is not allocated;
 *	-EACCES: another set has it; -ENOMEM.
 */
int ioasid_attach_spid(struct ioasid_set *set, ioasid_t ioasid, u32 spid)
{
	struct xarray *spids;
	unsigned long flags;
	int rc;

	if (!pasid_valid(spid))
		return -EINVAL;
	spids = need_spids(set);
	if (!spids)
		return -ENOMEM;
	/* A place first: the lock leaves no room to get memory. */
	rc = xa_insert_irq(spids, spid, NULL, GFP_KERNEL);
	if (rc)
		return rc == -EBUSY ? -EEXIST : rc;

	flags = ioasid_lock();
	rc = fill_spid(set, ioasid, spid);
	if (rc)
		xa_erase(spids, spid);
	ioasid_unlock(flags);
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_attach_spid);

/**
 * ioasid_detach_spid - take a number's set-private number away
 * @set: the set
 * @ioasid: a number of it
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT: the number is not allocated, or has no SPID; -EACCES:
 *	another set has it.
 */
int ioasid_detach_spid(struct ioasid_set *set, ioasid_t ioasid)
{
	unsigned long flags = ioasid_lock();
	struct ioasid_entry *entry = ioasid_live_entry(ioasid);
	int rc = 0;

	if (entry && entry->set != set) {
		rc = -EACCES;
	} else if (!entry || entry->spid == INVALID_IOASID) {
		rc = -ENOENT;
	} else {
		xa_erase(set->spids, entry->spid);
		entry->spid = INVALID_IOASID;
	}
	ioasid_unlock(flags);
	return rc;
}
EXPORT_SYMBOL_GPL(ioasid_detach_spid);

/* The live entry with @spid, under RCU. */
static struct ioasid_entry *find_spid(struct ioasid_set *set, u32 spid)
{
	struct xarray *spids = READ_ONCE(set->spids);
	struct ioasid_entry *entry = spids ? xa_load(spids, spid) : NULL;

	/* Pairs with make_live(). */
	return entry && smp_load_acquire(&entry->live) ? entry : NULL;
}

/**
 * ioasid_find_by_spid - find a number by its set-private number
 * @set: the set
 * @spid: the SPID
 *
 * Context: any, takes no lock.
 * Return: the number, or %INVALID_IOASID if no number of the set has @spid. It
 *	may be freed at any time: who needs it for longer uses
 *	ioasid_get_by_spid().
 */
ioasid_t ioasid_find_by_spid(struct ioasid_set *set, u32 spid)
{
	struct ioasid_entry *entry;
	ioasid_t id;

	rcu_read_lock();
	entry = find_spid(set, spid);
	id = entry ? entry->id : INVALID_IOASID;
	rcu_read_unlock();
	return id;
}
EXPORT_SYMBOL_GPL(ioasid_find_by_spid);

/**
 * ioasid_get_by_spid - find a number by its set-private number, and keep it
 * @set: the set
 * @spid: the SPID
 *
 * Context: any, takes no lock.
 * Return: the number, which the caller gives back with ioasid_put(); or
 *	%INVALID_IOASID if no number of the set has @spid.
 */
ioasid_t ioasid_get_by_spid(struct ioasid_set *set, u32 spid)
{
	ioasid_t id = INVALID_IOASID;
	struct ioasid_entry *entry;

	rcu_read_lock();
	entry = find_spid(set, spid);
	if (entry && refcount_inc_not_zero(&entry->users))
		id = entry->id;
	rcu_read_unlock();
	return id;
}
EXPORT_SYMBOL_GPL(ioasid_get_by_spid);
