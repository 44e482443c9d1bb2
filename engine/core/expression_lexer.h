#pragma once
// Words of an expression.

#include <cstdint>
#include <string>
#include <string_view>

namespace galatea {

struct ExpressionToken {
    enum class Kind { End, Number, Text, Name, Symbol };
    Kind kind = Kind::End;
    std::string text;    ///< a text's content, a name without its quotes, a symbol in its usual form
    bool quoted = false; ///< a name in backquotes: never a word of the language
    double number = 0;   ///< of a number
    bool whole = false;  ///< the number is exactly `integer`
    int64_t integer = 0;
    size_t begin = 0, end = 0; ///< bytes it takes

    bool is(std::string_view symbol) const { return kind == Kind::Symbol && text == symbol; }
};

/// Reads one word after the other. Throws ExpressionError for what is none.
class ExpressionLexer {
  public:
    explicit ExpressionLexer(std::string_view text) : text_(text) {}
    ExpressionToken next();

  private:
    ExpressionToken number();
    ExpressionToken quoted(char mark);
    ExpressionToken name();
    ExpressionToken symbol();
    ExpressionToken made(ExpressionToken::Kind kind, size_t begin, std::string text) const;

    std::string_view text_;
    size_t at_ = 0;
};

bool startsName(char c);
bool continuesName(char c);

} // namespace galatea
