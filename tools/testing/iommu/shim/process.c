// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes and their memory: see world.h.
 */
#include <linux/pin_runs.h>

#include "refuse.h"
#include "world.h"

struct world world;
struct task_struct tasks[WORLD_TASKS];
struct mm_struct mms[WORLD_MMS];
struct user_struct users[WORLD_USERS];
struct task_struct *current = &tasks[0];

int iommufd_refuse(int rc, const char *reason)
{
	return rc;
}

void world_init(void)
{
	int i;

	memset(&world, 0, sizeof(world));
	memset(domains, 0, sizeof(domains));
	memset(mms, 0, sizeof(mms));
	memset(tasks, 0, sizeof(tasks));
	memset(users, 0, sizeof(users));
	for (i = 0; i < WORLD_MMS; i++) {
		mms[i].users = 1;
		mms[i].grabs = 1;
	}
	for (i = 0; i < WORLD_TASKS; i++) {
		tasks[i].refs = 1;
		tasks[i].mm = &mms[i];
		tasks[i].group_leader = &tasks[i];
		tasks[i].user = &users[i / 2];
		tasks[i].memlock = ~0UL;
	}
	world_set_vmas(WORLD_USER_PAGES / 2, VM_READ | VM_WRITE | VM_MAYWRITE,
		       VM_READ | VM_WRITE | VM_MAYWRITE);
	users[0].refs = 1;
	users[1].refs = 1;
	current = &tasks[0];
	world.hole = ~0UL;
	world.kill_after = -1;
	world_new_layout();
}

/* The first VMA has @split pages. */
void world_set_vmas(unsigned long split, unsigned long flags0,
		    unsigned long flags1)
{
	unsigned long at = WORLD_USER_BASE + split * PAGE_SIZE;

	int i;

	for (i = 0; i < WORLD_MMS; i++) {
		mms[i].vmas[0] = (struct vm_area_struct){
			WORLD_USER_BASE, at, flags0
		};
		mms[i].vmas[1] = (struct vm_area_struct){
			at, WORLD_USER_BASE + WORLD_USER_PAGES * PAGE_SIZE,
			flags1
		};
	}
}

/* Single pages, small runs, and huge pages where the addresses allow them. */
void world_new_layout(void)
{
	unsigned long page = 0;

	while (page < WORLD_USER_PAGES) {
		unsigned long align = 1, n, pfn;

		if (page % 262144 == 0 && random_below(2))
			align = 262144;
		else if (page % 512 == 0 && random_below(2))
			align = 512;
		n = align > 1 ? align : 1 + random_below(8);
		if (n > WORLD_USER_PAGES - page)
			n = WORLD_USER_PAGES - page;
		pfn = random_below((WORLD_PFNS - n) / align + 1) * align;
		while (n--) {
			world.present[page] = random_below(8);
			world.user_pfn[page++] = pfn++;
		}
	}
}

bool atomic_long_try_cmpxchg(atomic_long_t *a, long *old, long new)
{
	/* Sometimes another CPU is there first, and gone at once. */
	if (a->value != *old || !random_below(4)) {
		*old = a->value;
		return false;
	}
	a->value = new;
	return true;
}

bool fatal_signal_pending(struct task_struct *task)
{
	if (world.kill_after > 0 && !--world.kill_after)
		task->killed = true;
	return task->killed;
}

/* Another thread is there first. */
static void let_others_run(void)
{
	void (*meanwhile)(void) = world.meanwhile;

	/* Once: it may pin, too. */
	world.meanwhile = NULL;
	if (meanwhile)
		meanwhile();
}

int mmap_read_lock_killable(struct mm_struct *mm)
{
	let_others_run();
	assert(!mm->readers && !mm->writers && mm->users);
	if (fatal_signal_pending(current))
		return -EINTR;
	mm->readers++;
	return 0;
}

void mmap_read_unlock(struct mm_struct *mm)
{
	assert(mm->readers);
	mm->readers--;
}

int mmap_write_lock_killable(struct mm_struct *mm)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	mmap_write_lock(mm);
	return 0;
}

void mmap_write_lock(struct mm_struct *mm)
{
	assert(!mm->readers && !mm->writers && mm->grabs);
	mm->writers++;
}

void mmap_write_unlock(struct mm_struct *mm)
{
	assert(mm->writers);
	mm->writers--;
}

static struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mm->vmas); i++)
		if (addr >= mm->vmas[i].vm_start && addr < mm->vmas[i].vm_end)
			return &mm->vmas[i];
	return NULL;
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	mmap_assert_locked(mm);
	return find_vma(mm, addr);
}

int __account_locked_vm(struct mm_struct *mm, unsigned long pages, bool inc,
			struct task_struct *task, bool bypass)
{
	assert(mm->writers && task->refs && !bypass);
	if (!inc) {
		assert(pages <= mm->locked_vm);
		mm->locked_vm -= pages;
		return 0;
	}
	if (mm->locked_vm + pages > task_rlimit(task, RLIMIT_MEMLOCK) >> PAGE_SHIFT)
		return -ENOMEM;
	mm->locked_vm += pages;
	return 0;
}

/* The rules of pin.c for memory that devices only read. */
static void check_read_only_rule(unsigned long vm_flags, unsigned int flags)
{
	if (!is_cow_mapping(vm_flags))
		assert(!(flags & FOLL_WRITE));
	else if (flags & FOLL_NOFAULT)
		return; /* of what is anonymous only, see PageAnon() */
	else if ((vm_flags & VM_WRITE) || !(vm_flags & VM_HUGETLB))
		assert(flags & FOLL_WRITE);
}

static bool may_gup(struct vm_area_struct *vma, unsigned int flags)
{
	if (!vma)
		return false;
	if (world.readonly)
		check_read_only_rule(vma->vm_flags, flags);
	if (!(flags & FOLL_WRITE))
		return vma->vm_flags & VM_READ;
	if (vma->vm_flags & VM_WRITE)
		return true;
	return (flags & FOLL_FORCE) && is_cow_mapping(vma->vm_flags) &&
	       !is_vm_hugetlb_page(vma);
}

static bool get_page(unsigned long page, unsigned int flags, struct page **list)
{
	if (page == world.hole ||
	    (!world.present[page] && (flags & FOLL_NOFAULT)))
		return false;
	/* Pins should not fault: they cannot let go of the mmap_lock. */
	assert(world.present[page] || !list);
	world.present[page] = true;
	if (list) {
		*list = pfn_to_page(world.user_pfn[page]);
		world.pins[world.user_pfn[page]]++;
		world.total_pins++;
	}
	return true;
}

static long gup(struct mm_struct *mm, unsigned long start,
		unsigned long npages, unsigned int flags, struct page **list)
{
	unsigned long i, page = (start - WORLD_USER_BASE) >> PAGE_SHIFT;

	assert(npages && npages <= 512 && IS_ALIGNED(start, PAGE_SIZE));
	assert(mm->users && (world.readonly || (flags & FOLL_WRITE)));
	if (!random_below(8))
		npages = 1 + random_below(npages);
	for (i = 0; i < npages; i++) {
		if (!may_gup(find_vma(mm, start + i * PAGE_SIZE), flags) ||
		    !get_page(page + i, flags, list ? list + i : NULL))
			break;
	}
	return i ? (long)i : -EFAULT;
}

int pin_user_pages_fast(unsigned long start, int npages, unsigned int flags,
			struct page **list)
{
	let_others_run();
	assert(list && (flags & FOLL_LONGTERM) && !current->mm->readers);
	return gup(current->mm, start, npages, flags, list);
}

long pin_user_pages(unsigned long start, unsigned long npages,
		    unsigned int flags, struct page **list, void *vmas)
{
	assert(list && (flags & FOLL_LONGTERM) && !vmas);
	mmap_assert_locked(current->mm);
	return gup(current->mm, start, npages, flags, list);
}

long pin_user_pages_remote(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, unsigned int flags,
			   struct page **list, void *vmas, int *locked)
{
	/* A long-term pin must not be told that it may unlock. */
	assert(list && (flags & FOLL_LONGTERM) && !vmas && !locked);
	mmap_assert_locked(mm);
	return gup(mm, start, npages, flags, list);
}

long get_user_pages_remote(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, unsigned int flags,
			   struct page **list, void *vmas, int *locked)
{
	assert(!list && !vmas && !(flags & (FOLL_LONGTERM | FOLL_NOFAULT)));
	mmap_assert_locked(mm);
	assert(*locked == 1);
	if (random_below(2)) {
		mmap_read_unlock(mm);
		*locked = 0;
	}
	return gup(mm, start, npages, flags, NULL);
}

static void unpin(unsigned long pfn)
{
	assert(world.pins[pfn]);
	world.pins[pfn]--;
	world.total_pins--;
	/* What a device can still reach must not be let go of. */
	assert(world.pins[pfn] || (!world.mapped[pfn] && !world.stale[pfn]));
}

void unpin_user_pages(struct page **list, unsigned long npages)
{
	while (npages--)
		unpin(page_to_pfn(*list++));
}

void unpin_user_pages_dirty_lock(struct page **list, unsigned long npages,
				 bool dirty)
{
	world.dirtied += dirty ? npages : 0;
	unpin_user_pages(list, npages);
}

/* Pages that a leaf could hold: present, in a row, in memory that has leaves. */
static unsigned long leaf_pages(unsigned long page, unsigned long npages)
{
	unsigned long pfn = world.user_pfn[page], n = 0;
	unsigned long max = min(npages, 512 - pfn % 512);

	if (!(pfn / 512 % 2))
		return 0;
	while (n < max && world.present[page + n] && page + n != world.hole &&
	       world.user_pfn[page + n] == pfn + n)
		n++;
	return n;
}

/* The next run of a walk that comes to @page, or false where it has to stop. */
static bool next_run(struct mm_struct *mm, unsigned long page,
		     unsigned long npages, struct pin_run *run)
{
	unsigned long start = WORLD_USER_BASE + page * PAGE_SIZE, n;
	struct vm_area_struct *vma = find_vma(mm, start);
	struct page *dummy;

	/* Only what is writable can stay as it is, whoever reads it. */
	if (!vma || !(vma->vm_flags & VM_WRITE) || !world.present[page] ||
	    page == world.hole || (world.readonly && !(vma->vm_flags & VM_READ)))
		return false;
	n = leaf_pages(page, min(npages, (vma->vm_end - start) / PAGE_SIZE));
	*run = (struct pin_run){
		.pfn = world.user_pfn[page], .npages = max(n, 1UL),
		.leaf = n > 0,
	};
	world.leaves[run->pfn] += run->leaf;
	for (n = 0; n < run->npages; n++)
		assert(get_page(page + n, FOLL_NOFAULT, &dummy));
	return true;
}

unsigned long pin_user_runs(struct mm_struct *mm, unsigned long start,
			    unsigned long npages, bool write,
			    struct pin_run *runs, unsigned int max_runs,
			    unsigned int *nr_runs)
{
	unsigned long done = 0, page = (start - WORLD_USER_BASE) >> PAGE_SHIFT;

	if (mm == current->mm)
		let_others_run();
	else
		mmap_assert_locked(mm);
	assert(npages && max_runs && mm->users && IS_ALIGNED(start, PAGE_SIZE));
	assert(write != world.readonly);
	if (!random_below(4))
		npages = random_below(npages);

	for (*nr_runs = 0; *nr_runs < max_runs && done < npages; ++*nr_runs) {
		if (!next_run(mm, page + done, npages - done, &runs[*nr_runs]))
			break;
		done += runs[*nr_runs].npages;
	}
	return done;
}

static void unpin_run(const struct pin_run *run, bool dirty)
{
	unsigned long i;

	assert(run->npages && (run->leaf || run->npages <= 4096));
	if (run->leaf) {
		assert(world.leaves[run->pfn]);
		world.leaves[run->pfn]--;
	}
	world.dirtied += dirty ? run->npages : 0;
	for (i = 0; i < run->npages; i++)
		unpin(run->pfn + i);
}

void unpin_runs(const struct pin_run *runs, unsigned int nr, bool dirty)
{
	while (nr--)
		unpin_run(runs++, dirty);
}

/* This world has no files. */
long pin_file_runs(struct file *file, pgoff_t index, unsigned long nr_pages,
		   struct pin_run *runs, unsigned int max_runs,
		   unsigned int *nr_runs)
{
	assert(0);
	return -EINVAL;
}
