// Inside this room: numbering rules, checked when they are loaded.
#pragma once

namespace civitas::entities {

class Catalog;
class Mistakes;
struct Entity;
struct Field;

/// `f` is a code of `e`: braces closed, one serial number at most, names of short fields of the record or one step on.
void check_numbering(const Catalog& catalog, const Entity& e, const Field& f, Mistakes& mistakes);

}  // namespace civitas::entities
