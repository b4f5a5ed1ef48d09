#include "text/embedded.hpp"

// The assembler copies the file into the object: no generated source of a megabyte, nothing to read at start.
#define CIVITAS_EMBED(name, file)                                                              \
  asm(".section .rodata\n.balign 8\n.globl civitas_text_" #name "\n.globl civitas_text_" #name \
      "_end\n"                                                                                 \
      "civitas_text_" #name ":\n.incbin \"" CIVITAS_TEXT_DATA "/" file                         \
      "\"\n"                                                                                   \
      "civitas_text_" #name "_end:\n.byte 0\n.text\n");                                        \
  extern "C" const char civitas_text_##name[];                                                 \
  extern "C" const char civitas_text_##name##_end[];

CIVITAS_EMBED(characters, "characters.tsv")
CIVITAS_EMBED(words, "words.tsv")
CIVITAS_EMBED(place_readings, "place_readings.tsv")
CIVITAS_EMBED(shapes, "shapes.tsv")
CIVITAS_EMBED(alike, "alike.tsv")
CIVITAS_EMBED(generics, "generics.tsv")
CIVITAS_EMBED(whole_names, "whole_names.tsv")
CIVITAS_EMBED(equivalents, "equivalents.tsv")

namespace civitas::text {

namespace {
std::string_view view(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }
}  // namespace

std::string_view characters_table() { return view(civitas_text_characters, civitas_text_characters_end); }
std::string_view words_table() { return view(civitas_text_words, civitas_text_words_end); }
std::string_view place_readings_table() { return view(civitas_text_place_readings, civitas_text_place_readings_end); }
std::string_view shapes_table() { return view(civitas_text_shapes, civitas_text_shapes_end); }
std::string_view alike_table() { return view(civitas_text_alike, civitas_text_alike_end); }
std::string_view generics_table() { return view(civitas_text_generics, civitas_text_generics_end); }
std::string_view whole_names_table() { return view(civitas_text_whole_names, civitas_text_whole_names_end); }
std::string_view equivalents_table() { return view(civitas_text_equivalents, civitas_text_equivalents_end); }

}  // namespace civitas::text
