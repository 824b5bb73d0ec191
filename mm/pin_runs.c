// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning of user memory in runs: one pin for each leaf of the page table.
 *
 * pin_user_pages_fast() takes a pin and fills in a struct page pointer for each
 * 4 KiB, so that 1 GiB that is a single entry of the page table costs 262144
 * times as much as it could. Here a huge entry is one pin and one run. What
 * makes this walk safe is the same as for that function, see
 * lockless_pages_from_mm() in gup.c.
 *
 * Only what needs nothing but a pin is taken: present, not special, and no page
 * that has to be copied, moved or faulted in before. The rest is for the
 * functions of gup.c.
 */
#include <linux/export.h>
#include <linux/hugetlb.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/pin_runs.h>
#include <linux/sched/coredump.h>
#include <linux/secretmem.h>
#include <linux/seqlock.h>
#include <linux/vmstat.h>

#include "internal.h"
#include "pin_count.h"

#ifdef CONFIG_HAVE_FAST_GUP

/* What a walk is about, and how far it came. */
struct pin_walk {
	struct mm_struct *mm;
	bool write;
	struct pin_run *runs;
	unsigned int max_runs;
	unsigned int nr_runs;
	unsigned int entries;
	struct pin_count count;
};

/* Entries of page tables that are read with interrupts disabled. */
#define MAX_ENTRIES	512

static void put_pin(struct folio *folio, bool large)
{
	if (large)
		atomic_dec(folio_pincount_ptr(folio));
	folio_put_refs(folio, large ? 1 : GUP_PIN_COUNTING_BIAS);
}

/* CMA aside, all pages of the zones below ZONE_MOVABLE can stay for long. */
static __always_inline bool may_pin_long(struct page *page)
{
	if (!IS_ENABLED(CONFIG_CMA) && page_zonenum(page) < ZONE_MOVABLE)
		return true;
	return is_longterm_pinnable_page(page);
}

/*
 * Take a pin on the folio of a page that an entry of a page table showed. It
 * may be gone meanwhile, so look once more with the pin.
 */
static __always_inline struct folio *get_pin(struct page *page, bool *large)
{
	struct folio *folio;

	if (unlikely(!may_pin_long(page)))
		return NULL;

	folio = page_folio(page);
	*large = folio_test_large(folio);
	/* So many pins that the count would overflow: gup.c knows what to do. */
	if (unlikely(folio_ref_count(folio) < 0))
		return NULL;
	if (!folio_ref_try_add_rcu(folio, *large ? 1 : GUP_PIN_COUNTING_BIAS))
		return NULL;
	if (unlikely(page_folio(page) != folio ||
		     folio_test_large(folio) != *large)) {
		folio_put_refs(folio, *large ? 1 : GUP_PIN_COUNTING_BIAS);
		return NULL;
	}
	if (*large)
		atomic_inc(folio_pincount_ptr(folio));
	/* Before the entry is read again, see page_try_share_anon_rmap() */
	smp_mb__after_atomic();
	return folio;
}

/*
 * Whether a page can stay as it is for whoever pins it. A page that is not
 * writable may be one that the process has a copy of after its next write,
 * unless it is anonymous and nobody else's.
 */
static bool may_stay(const struct pin_walk *walk, struct page *page,
		     bool writable)
{
	if (likely(writable))
		return true;
	if (walk->write || !PageAnon(page))
		return false;
	return !gup_must_unshare(FOLL_PIN | FOLL_LONGTERM, page);
}

static bool walk_full(const struct pin_walk *walk)
{
	return walk->entries >= MAX_ENTRIES;
}

/* Returns false when there is no room for it. */
static bool add_page(struct pin_walk *walk, unsigned long pfn)
{
	struct pin_run *run;

	if (walk->nr_runs) {
		run = &walk->runs[walk->nr_runs - 1];
		if (run->pfn + run->npages == pfn && !run->leaf) {
			run->npages++;
			return true;
		}
	}
	if (walk->nr_runs == walk->max_runs)
		return false;
	walk->runs[walk->nr_runs++] = (struct pin_run){
		.pfn = pfn, .npages = 1,
	};
	return true;
}

/* Take one page; the entry is looked at again with the pin. */
static __always_inline bool take_pte(struct pin_walk *walk, struct page *page,
				     pte_t pte, pte_t *ptep, pmd_t pmd,
				     pmd_t *pmdp)
{
	struct folio *folio;
	bool large;

	folio = get_pin(page, &large);
	if (!folio)
		return false;
	/* The mapping of the page is right if the entry still is. */
	if (unlikely((!PageAnon(page) && page_is_secretmem(page)) ||
		     pmd_val(pmd) != pmd_val(READ_ONCE(*pmdp)) ||
		     pte_val(pte) != pte_val(ptep_get_lockless(ptep)) ||
		     !may_stay(walk, page, pte_write(pte)) ||
		     arch_make_page_accessible(page) ||
		     !add_page(walk, pte_pfn(pte)))) {
		put_pin(folio, large);
		return false;
	}
	count_pin(&walk->count, page, NR_FOLL_PIN_ACQUIRED);
	folio_set_referenced(folio);
	return true;
}

/* This and the following return the address where they stopped. */
static unsigned long walk_ptes(struct pin_walk *walk, pmd_t pmd, pmd_t *pmdp,
			       unsigned long addr, unsigned long end)
{
	unsigned long most = (MAX_ENTRIES - walk->entries) * PAGE_SIZE;
	unsigned long start = addr, stop = addr + min(end - addr, most);
	unsigned long last = ULONG_MAX;
	struct page *page = NULL;
	pte_t *first = pte_offset_map(&pmd, addr);
	pte_t *ptep = first;

	for (; addr != stop; addr += PAGE_SIZE, ptep++) {
		pte_t pte = ptep_get_lockless(ptep);

		if (pte_protnone(pte) || pte_special(pte) || pte_devmap(pte) ||
		    !pte_access_permitted(pte, walk->write))
			break;

		/* The memory map is in one piece for a pageblock at least. */
		if (pte_pfn(pte) == last + 1 &&
		    !IS_ALIGNED(last + 1, pageblock_nr_pages))
			page++;
		else
			page = pte_page(pte);
		last = pte_pfn(pte);
		if (!take_pte(walk, page, pte, ptep, pmd, pmdp))
			break;
	}
	pte_unmap(first);
	walk->entries += (addr - start) >> PAGE_SHIFT;
	return addr;
}

/* Take one huge entry; see take_pte(). */
static bool take_leaf(struct pin_walk *walk, struct page *page,
		      unsigned long npages, bool writable,
		      bool (*same)(void *entryp, const void *entry),
		      void *entryp, const void *entry)
{
	struct folio *folio;
	bool large;

	walk->entries++;
	if (walk->nr_runs == walk->max_runs)
		return false;
	folio = get_pin(page, &large);
	if (!folio)
		return false;
	if (!large || !same(entryp, entry) ||
	    !may_stay(walk, &folio->page, writable)) {
		put_pin(folio, large);
		return false;
	}
	walk->runs[walk->nr_runs++] = (struct pin_run){
		.pfn = page_to_pfn(page), .npages = npages, .leaf = true,
	};
	count_pin(&walk->count, page, NR_FOLL_PIN_ACQUIRED);
	folio_set_referenced(folio);
	return true;
}

static bool same_pmd(void *pmdp, const void *pmd)
{
	return pmd_val(READ_ONCE(*(pmd_t *)pmdp)) == pmd_val(*(pmd_t *)pmd);
}

static bool same_pud(void *pudp, const void *pud)
{
	return pud_val(READ_ONCE(*(pud_t *)pudp)) == pud_val(*(pud_t *)pud);
}

static unsigned long walk_pmds(struct pin_walk *walk, pud_t *pudp, pud_t pud,
			       unsigned long addr, unsigned long end)
{
	pmd_t *pmdp = pmd_offset_lockless(pudp, pud, addr);
	unsigned long next;

	for (; addr != end && !walk_full(walk); addr = next, pmdp++) {
		pmd_t pmd = READ_ONCE(*pmdp);

		next = pmd_addr_end(addr, end);
		if (!pmd_present(pmd) || pmd_devmap(pmd) ||
		    is_hugepd(__hugepd(pmd_val(pmd))))
			break;
		if (!pmd_trans_huge(pmd) && !pmd_huge(pmd)) {
			addr = walk_ptes(walk, pmd, pmdp, addr, next);
			if (addr != next)
				break;
			continue;
		}
		if (pmd_protnone(pmd) ||
		    !pmd_access_permitted(pmd, walk->write) ||
		    !take_leaf(walk, nth_page(pmd_page(pmd),
					      (addr & ~PMD_MASK) >> PAGE_SHIFT),
			       (next - addr) >> PAGE_SHIFT, pmd_write(pmd),
			       same_pmd, pmdp, &pmd))
			break;
	}
	return addr;
}

static unsigned long walk_puds(struct pin_walk *walk, p4d_t *p4dp, p4d_t p4d,
			       unsigned long addr, unsigned long end)
{
	pud_t *pudp = pud_offset_lockless(p4dp, p4d, addr);
	unsigned long next;

	for (; addr != end && !walk_full(walk); addr = next, pudp++) {
		pud_t pud = READ_ONCE(*pudp);

		next = pud_addr_end(addr, end);
		if (!pud_present(pud) || pud_devmap(pud) ||
		    is_hugepd(__hugepd(pud_val(pud))))
			break;
		if (!pud_huge(pud)) {
			addr = walk_pmds(walk, pudp, pud, addr, next);
			if (addr != next)
				break;
			continue;
		}
		if (!pud_access_permitted(pud, walk->write) ||
		    !take_leaf(walk, nth_page(pud_page(pud),
					      (addr & ~PUD_MASK) >> PAGE_SHIFT),
			       (next - addr) >> PAGE_SHIFT, pud_write(pud),
			       same_pud, pudp, &pud))
			break;
	}
	return addr;
}

static unsigned long walk_mm(struct pin_walk *walk, unsigned long addr,
			     unsigned long end)
{
	pgd_t *pgdp = pgd_offset(walk->mm, addr);
	unsigned long p4d_next, next;

	for (; addr != end && !walk_full(walk); addr = next, pgdp++) {
		pgd_t pgd = READ_ONCE(*pgdp);
		p4d_t *p4dp;

		next = pgd_addr_end(addr, end);
		if (pgd_none(pgd) || pgd_huge(pgd) ||
		    is_hugepd(__hugepd(pgd_val(pgd))))
			break;

		p4dp = p4d_offset_lockless(pgdp, pgd, addr);
		for (; addr != next; addr = p4d_next, p4dp++) {
			p4d_t p4d = READ_ONCE(*p4dp);

			p4d_next = p4d_addr_end(addr, next);
			if (p4d_none(p4d) || is_hugepd(__hugepd(p4d_val(p4d))))
				return addr;
			addr = walk_puds(walk, p4dp, p4d, addr, p4d_next);
			if (addr != p4d_next)
				return addr;
		}
	}
	return addr;
}

static unsigned long walk_irqs_off(struct pin_walk *walk, unsigned long start,
				   unsigned long end)
{
	unsigned long flags;

	/* Neither page tables nor what a THP is split into go away meanwhile. */
	local_irq_save(flags);
	end = walk_mm(walk, start, end);
	count_flush(&walk->count, NR_FOLL_PIN_ACQUIRED);
	local_irq_restore(flags);
	return end;
}

/* As in lockless_pages_from_mm(): a fork may write-protect what is pinned. */
static unsigned long walk_own(struct pin_walk *walk, unsigned long start,
			      unsigned long end)
{
	unsigned int seq;

	seq = raw_read_seqcount(&walk->mm->write_protect_seq);
	if (seq & 1)
		return start;
	end = walk_irqs_off(walk, start, end);
	if (!read_seqcount_retry(&walk->mm->write_protect_seq, seq))
		return end;

	unpin_runs(walk->runs, walk->nr_runs, false);
	walk->nr_runs = 0;
	return start;
}

/*
 * A CPU that does not run the process is not waited for when its page tables
 * are freed: the mmap_lock has to keep them, and does for a VMA that is there.
 * Tables that hugetlbfs shares between processes have locks of their own.
 */
static unsigned long walk_other(struct pin_walk *walk, unsigned long start,
				unsigned long end)
{
	struct vm_area_struct *vma;

	mmap_assert_locked(walk->mm);
	vma = vma_lookup(walk->mm, start);
	if (!vma || is_vm_hugetlb_page(vma))
		return start;
	return walk_irqs_off(walk, start, min(end, vma->vm_end));
}

/**
 * pin_user_runs() - pin present memory of a process for a long time
 * @mm: whose memory: that of the current process, or one that the caller keeps
 *	from exiting and holds the mmap_lock of
 * @start: untagged user address, page aligned
 * @nr_pages: how many pages at most, not 0
 * @write: it will be written to
 * @runs: gets what was pinned, for unpin_runs()
 * @max_runs: room there, not 0
 * @nr_runs: how many of them were used
 *
 * Like FOLL_LONGTERM, but never faults, migrates or copies. It stops where
 * pin_user_pages() would have to do that, or would refuse; after some hundred
 * entries of page tables; and when there are no more @runs. So the result says
 * how far it came, and not why.
 *
 * Context: any in which user memory may be pinned; takes no lock.
 * Return: how many pages were pinned, 0 if not even the first.
 */
unsigned long pin_user_runs(struct mm_struct *mm, unsigned long start,
			    unsigned long nr_pages, bool write,
			    struct pin_run *runs, unsigned int max_runs,
			    unsigned int *nr_runs)
{
	struct pin_walk walk = {
		.mm = mm, .write = write, .runs = runs, .max_runs = max_runs,
	};
	unsigned long end;

	*nr_runs = 0;
	if (check_add_overflow(start, nr_pages << PAGE_SHIFT, &end) ||
	    !access_ok((void __user *)start, end - start))
		return 0;

	if (!test_bit(MMF_HAS_PINNED, &mm->flags))
		set_bit(MMF_HAS_PINNED, &mm->flags);
	if (mm == current->mm)
		end = walk_own(&walk, start, end);
	else
		end = walk_other(&walk, start, end);
	*nr_runs = walk.nr_runs;
	return (end - start) >> PAGE_SHIFT;
}
#else
unsigned long pin_user_runs(struct mm_struct *mm, unsigned long start,
			    unsigned long nr_pages, bool write,
			    struct pin_run *runs, unsigned int max_runs,
			    unsigned int *nr_runs)
{
	*nr_runs = 0;
	return 0;
}
#endif /* CONFIG_HAVE_FAST_GUP */
EXPORT_SYMBOL_GPL(pin_user_runs);
