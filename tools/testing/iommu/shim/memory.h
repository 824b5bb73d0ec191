/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes, their memory, and an IOMMU, as far as pages.c, pages_access.c, pin.c
 * and account.c know them. The functions, see world.h, check at each call that
 * the caller keeps the rules that hold in the kernel.
 */
#ifndef __SHIM_MEMORY_H
#define __SHIM_MEMORY_H

#include "kernel.h"

#define __user
#define PAGE_SHIFT		12
#define PAGE_SIZE		BIT(PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PFN_PHYS(pfn)		((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PFN_DOWN(x)		((x) >> PAGE_SHIFT)
#define PFN_UP(x)		(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define offset_in_page(x)	((unsigned long)(x) & ~PAGE_MASK)
#define untagged_addr(addr)	(addr)

#define pgoff_t			unsigned long

/* Locks and references: there is one thread, so they only count. */
struct mutex {
	bool held;
};

struct kref {
	unsigned int count;
};

static inline void mutex_init(struct mutex *lock)
{
	lock->held = false;
}

static inline void mutex_destroy(struct mutex *lock)
{
	assert(!lock->held);
}

static inline void mutex_lock(struct mutex *lock)
{
	assert(!lock->held);
	lock->held = true;
}

static inline int mutex_lock_killable(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

static inline void mutex_unlock(struct mutex *lock)
{
	assert(lock->held);
	lock->held = false;
}

static inline struct mutex *shim_guard(struct mutex *lock)
{
	mutex_lock(lock);
	return lock;
}

static inline void shim_unguard(struct mutex **lock)
{
	mutex_unlock(*lock);
}

#define guard(type)		__guard_##type
#define __guard_mutex(lock)						\
	struct mutex *_guard __attribute__((__cleanup__(shim_unguard))) = \
		shim_guard(lock)

#define lockdep_assert_held(lock)	assert((lock)->held)

static inline void kref_init(struct kref *kref)
{
	kref->count = 1;
}

static inline void kref_get(struct kref *kref)
{
	assert(kref->count);
	kref->count++;
}

static inline int kref_put(struct kref *kref, void (*release)(struct kref *))
{
	assert(kref->count);
	if (--kref->count)
		return 0;
	release(kref);
	return 1;
}

/* Processes */
struct shim_atomic {
	long value;
};

#define atomic_long_t		struct shim_atomic
#define atomic64_t		struct shim_atomic
#define atomic_t		struct { int value; }
#define atomic_long_read(a)	((a)->value)
#define atomic_long_sub(n, a)	((void)((a)->value -= (n)))
#define atomic64_add(n, a)	((void)((a)->value += (n)))
#define atomic64_sub(n, a)	((void)((a)->value -= (n)))

bool atomic_long_try_cmpxchg(atomic_long_t *a, long *old, long new);

struct user_struct {
	int refs;
	atomic_long_t locked_vm;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
};

#define VM_READ			0x01
#define VM_WRITE		0x02
#define VM_MAYWRITE		0x20
#define VM_SHARED		0x08
#define VM_HUGETLB		0x400000

struct mm_struct {
	int grabs;
	int users;
	int readers;
	int writers;
	unsigned long locked_vm;
	atomic64_t pinned_vm;
	struct vm_area_struct vmas[2];
};

struct task_struct {
	int refs;
	struct mm_struct *mm;
	struct task_struct *group_leader;
	struct user_struct *user;
	unsigned long memlock;
	bool ipc_lock;
	bool killed;
};

extern struct task_struct *current;

#define RLIMIT_MEMLOCK		8
#define CAP_IPC_LOCK		14
#define capable(cap)		((void)(cap), current->ipc_lock)
#define current_user()		(current->user)
#define task_rlimit(task, which) ((void)(which), (task)->memlock)
#define cond_resched()		((void)0)
#define free_uid(user)		((void)(user)->refs--)
#define put_task_struct(task)	((void)(task)->refs--)
#define mmgrab(mm)		((void)(mm)->grabs++)
#define mmdrop(mm)		((void)(mm)->grabs--)
#define mmput_async(mm)		((void)(mm)->users--)
#define mmap_assert_locked(mm)	assert((mm)->readers)
#define is_cow_mapping(flags)	\
	(((flags) & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
#define is_vm_hugetlb_page(vma)	((vma)->vm_flags & VM_HUGETLB)

static inline struct user_struct *get_uid(struct user_struct *user)
{
	user->refs++;
	return user;
}

static inline struct task_struct *get_task_struct(struct task_struct *task)
{
	task->refs++;
	return task;
}

static inline bool mmget_not_zero(struct mm_struct *mm)
{
	if (!mm->users)
		return false;
	mm->users++;
	return true;
}

bool fatal_signal_pending(struct task_struct *task);
int mmap_read_lock_killable(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);
int mmap_write_lock_killable(struct mm_struct *mm);
void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr);
int __account_locked_vm(struct mm_struct *mm, unsigned long pages, bool inc,
			struct task_struct *task, bool bypass);

/* Pages are numbers that look like pointers. */
struct page;
#define page_to_pfn(page)	((unsigned long)(page) >> 4)
#define pfn_to_page(pfn)	((struct page *)((unsigned long)(pfn) << 4))
/* In a private mapping, others are the page cache's. */
#define PageAnon(page)		(page_to_pfn(page) % 3)

#define FOLL_WRITE		0x01
#define FOLL_FORCE		0x10
#define FOLL_NOFAULT		0x80
#define FOLL_LONGTERM		0x10000

int pin_user_pages_fast(unsigned long start, int npages, unsigned int flags,
			struct page **list);
long pin_user_pages(unsigned long start, unsigned long npages,
		    unsigned int flags, struct page **list, void *vmas);
long pin_user_pages_remote(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, unsigned int flags,
			   struct page **list, void *vmas, int *locked);
long get_user_pages_remote(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, unsigned int flags,
			   struct page **list, void *vmas, int *locked);
void unpin_user_pages(struct page **list, unsigned long npages);
static inline void unpin_user_page(struct page *page)
{
	unpin_user_pages(&page, 1);
}

void unpin_user_pages_dirty_lock(struct page **list, unsigned long npages,
				 bool dirty);

void memcpy_to_page(struct page *page, size_t offset, const char *from,
		    size_t length);
void memcpy_from_page(char *to, struct page *page, size_t offset,
		      size_t length);
unsigned long copy_to_user(void __user *to, const void *from,
			   unsigned long n);
unsigned long copy_from_user(void *to, const void __user *from,
			     unsigned long n);

/* This world has no files. */
struct file;

static inline int pin_file_begin(struct file *file, bool writable)
{
	return -EINVAL;
}

static inline void pin_file_end(struct file *file, bool writable)
{
	assert(0);
}

static inline long pin_file_pages(struct file *file, unsigned long index,
				  unsigned long npages, struct page **list)
{
	assert(0);
	return -EINVAL;
}

/* IOMMU */
#define IOMMU_READ		0x1
#define IOMMU_WRITE		0x2
#define IOMMU_MMIO		0x10

struct iommu_domain;

struct iommu_iotlb_gather {
	unsigned long pending;
};

#define iommu_iotlb_gather_init(gather)	((void)((gather)->pending = 0))

int iommu_map_gfp(struct iommu_domain *domain, unsigned long iova,
		  phys_addr_t pa, size_t size, int prot, gfp_t gfp);
struct iommu_run {
	phys_addr_t paddr;
	size_t size;
};

int iommu_map_runs(struct iommu_domain *domain, unsigned long iova,
		   const struct iommu_run *runs, unsigned int nr, int prot,
		   gfp_t gfp);
size_t iommu_unmap_range(struct iommu_domain *domain, unsigned long iova,
			 size_t size, struct iommu_iotlb_gather *gather);
void iommu_iotlb_sync(struct iommu_domain *domain,
		      struct iommu_iotlb_gather *gather);

#endif
