// Ends of logical lines, bounds of blocks, comments and parentheses. Since a comment may stand anywhere, the parser asks here
// before each token; the tokens depend on the text alone, so one that the grammar has no use for is an error in its own line.

#include "tree_sitter/alloc.h"
#include "tree_sitter/parser.h"

#include <stddef.h>
#include <string.h>

enum Token { NEWLINE, INDENT, DEDENT, DEEPER, BLANK, COMMENT, LEFT, RIGHT };

// Blocks may stand 40 deep in each other.
#define MOST_BLOCKS 64
#define TAB 4
#define LONGEST_WORD 16

typedef struct {
  uint8_t blocks;
  uint8_t parentheses;
  uint8_t newline_due; // of a comment that stands alone on its line
  uint8_t stays;       // the comment that comes belongs to the block, though it stands further left
  uint16_t indents[MOST_BLOCKS];
} Scanner;

static uint16_t margin(const Scanner *scanner) {
  return scanner->blocks ? scanner->indents[scanner->blocks - 1] : 0;
}

static bool found(TSLexer *lexer, enum Token token) {
  lexer->result_symbol = token;
  return true;
}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static void skip_blanks(TSLexer *lexer) {
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
}

static bool is_one_of(const char *word, const char *const *words) {
  while (*words && strcmp(word, *words)) words++;
  return *words != NULL;
}

// True where a line begins as no expression goes on: a parenthesis that is open there was forgotten.
static bool opens_statement(TSLexer *lexer) {
  static const char *const followed[] = {
    "algorithm", "problem", "compressor", "param", "require", "output", "invariant", "guarantee", "equals", "round",
    "if", "repeat", "event", NULL,
  };
  static const char *const before_sign[] = {
    "init", "else", "round", "all", "server", "node", "link", "group", "neighbors", NULL,
  };
  static const char *const within[] = {"and", "or", "of", "in", "as", "where", "when", NULL};
  char word[LONGEST_WORD + 1] = "", next[LONGEST_WORD + 1] = "";
  skip_blanks(lexer);
  for (int i = 0; i < LONGEST_WORD && is_letter(lexer->lookahead); i++, lexer->advance(lexer, true))
    word[i] = (char)lexer->lookahead;
  bool spaced = is_blank(lexer->lookahead);
  skip_blanks(lexer);
  if (is_one_of(word, before_sign)) {
    if (lexer->lookahead == ':') return true;
    if (lexer->lookahead == '-') {
      lexer->advance(lexer, true);
      return lexer->lookahead == '>';
    }
  }
  if (!spaced || !is_one_of(word, followed)) return false;
  if (lexer->lookahead == '"' || lexer->lookahead == '\'') return true;
  for (int i = 0; i < LONGEST_WORD && is_letter(lexer->lookahead); i++, lexer->advance(lexer, true))
    next[i] = (char)lexer->lookahead;
  return *next && !is_one_of(next, within);
}

static bool end_of_line(Scanner *scanner, TSLexer *lexer) {
  lexer->advance(lexer, true);
  lexer->mark_end(lexer);
  if (scanner->parentheses && !opens_statement(lexer)) return found(lexer, BLANK);
  scanner->parentheses = 0;
  return found(lexer, NEWLINE);
}

static void skip_line(TSLexer *lexer) {
  while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, true);
}

static uint16_t skip_indentation(TSLexer *lexer) {
  uint16_t indent = 0;
  for (; is_blank(lexer->lookahead) || lexer->lookahead == '\n'; lexer->advance(lexer, true)) {
    if (lexer->lookahead == '\n') indent = 0;
    else indent += lexer->lookahead == '\t' ? TAB - indent % TAB : 1;
  }
  return lexer->eof(lexer) ? 0 : indent;
}

static bool comment(Scanner *scanner, TSLexer *lexer, bool alone) {
  while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  scanner->newline_due = alone;
  scanner->stays = false;
  return found(lexer, COMMENT);
}

static bool bound_of_block(Scanner *scanner, TSLexer *lexer, const bool *valid, uint16_t indent) {
  if (indent == margin(scanner)) return false;
  if (indent < margin(scanner)) {
    scanner->blocks--;
    return found(lexer, DEDENT);
  }
  if (valid[DEEPER]) return false; // behind an error, whose lines are read as if they stood at the margin
  if (!valid[INDENT] || scanner->blocks == MOST_BLOCKS) return found(lexer, DEEPER);
  scanner->indents[scanner->blocks++] = indent;
  return found(lexer, INDENT);
}

static bool start_of_line(Scanner *scanner, TSLexer *lexer, const bool *valid) {
  uint16_t indent = skip_indentation(lexer);
  if (lexer->lookahead != '#') return bound_of_block(scanner, lexer, valid, indent);
  if (indent >= margin(scanner) || scanner->stays) return comment(scanner, lexer, true);
  while (lexer->lookahead == '#') {
    skip_line(lexer);
    indent = skip_indentation(lexer);
  }
  if (indent < margin(scanner)) return bound_of_block(scanner, lexer, valid, indent);
  scanner->stays = true;
  return found(lexer, BLANK);
}

static bool parenthesis(Scanner *scanner, TSLexer *lexer, enum Token token) {
  if (token == LEFT && scanner->parentheses < UINT8_MAX) scanner->parentheses++;
  if (token == RIGHT && scanner->parentheses > 0) scanner->parentheses--;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  return found(lexer, token);
}

static bool scan(Scanner *scanner, TSLexer *lexer, const bool *valid) {
  lexer->mark_end(lexer);
  if (scanner->newline_due) {
    scanner->newline_due = false;
    if (lexer->eof(lexer)) return bound_of_block(scanner, lexer, valid, 0);
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    return found(lexer, BLANK);
  }
  if (lexer->get_column(lexer) == 0 && !scanner->parentheses) return start_of_line(scanner, lexer, valid);
  skip_blanks(lexer);
  if (lexer->eof(lexer)) return valid[NEWLINE] ? found(lexer, NEWLINE) : bound_of_block(scanner, lexer, valid, 0);
  switch (lexer->lookahead) {
    case '#': return comment(scanner, lexer, false);
    case '(': return parenthesis(scanner, lexer, LEFT);
    case ')': return parenthesis(scanner, lexer, RIGHT);
    case '\n': return end_of_line(scanner, lexer);
    default: return false;
  }
}

void *tree_sitter_cablese_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_cablese_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_cablese_external_scanner_serialize(void *payload, char *buffer) {
  const Scanner *scanner = payload;
  unsigned size = offsetof(Scanner, indents) + scanner->blocks * sizeof(uint16_t);
  memcpy(buffer, scanner, size);
  return size;
}

void tree_sitter_cablese_external_scanner_deserialize(void *payload, const char *buffer, unsigned size) {
  memset(payload, 0, sizeof(Scanner));
  if (size) memcpy(payload, buffer, size);
}

bool tree_sitter_cablese_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  return scan(payload, lexer, valid);
}
