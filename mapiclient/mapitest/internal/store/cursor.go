package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// An Origin is where a movement of the cursor begins. [MS-OXCTABL] 2.2.2.1.1
type Origin uint8

// Origins.
const (
	OriginBeginning Origin = 0
	OriginCurrent   Origin = 1
	OriginEnd       Origin = 2
)

// Position tells where the cursor stands and how many rows there are.
func (t *Table) Position() (pos, count int) {
	t.refresh()
	return t.pos, len(t.rows)
}

// Next gives up to n rows in the direction asked for, without moving the
// cursor. Backwards they come in the order of the table.
func (t *Table) Next(n int, forward bool) []Row {
	t.refresh()
	if forward {
		return t.rows[t.pos:min(t.pos+n, len(t.rows))]
	}
	return t.rows[max(t.pos-n, 0):t.pos]
}

// Seek moves the cursor by n rows from the origin and tells how far it went.
func (t *Table) Seek(origin Origin, n int) (moved int) {
	t.refresh()
	from := t.at(origin)
	t.pos = max(0, min(from+n, len(t.rows)))
	return t.pos - from
}

func (t *Table) at(origin Origin) int {
	switch origin {
	case OriginBeginning:
		return 0
	case OriginEnd:
		return len(t.rows)
	}
	return t.pos
}

// Find moves the cursor to the first row that fulfils r, beginning with the
// one at the origin, and gives it, or nil and leaves the cursor alone.
// [MS-OXCTABL] 2.2.2.14, 3.2.5.13
func (t *Table) Find(r mapi.Restriction, origin Origin, forward bool) Row {
	t.refresh()
	step, i := 1, t.at(origin)
	if !forward {
		step = -1
		if i--; origin == OriginBeginning {
			return nil
		}
	}
	for ; i >= 0 && i < len(t.rows); i += step {
		if matches(t.rows[i], r) {
			t.pos = i
			return t.rows[i]
		}
	}
	return nil
}

// Where is whether the cursor stands at the beginning, at the end or between.
func (t *Table) Where() Origin {
	switch pos, count := t.Position(); pos {
	case 0:
		return OriginBeginning
	case count:
		return OriginEnd
	}
	return OriginCurrent
}

// All gives up to n rows from the beginning on, wherever the cursor stands.
func (t *Table) All(n int) []Row {
	t.refresh()
	return t.rows[:min(n, len(t.rows))]
}
