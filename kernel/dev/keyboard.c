// SPDX-License-Identifier: ISC
/*
 * PS/2 keyboard behind an i8042 controller, US layout. The controller translates to scan code set
 * 1; keys become the bytes and escape sequences of a terminal named "linux". Every wait has an end:
 * a machine without the controller reads 0xff or never gets ready, and is left alone.
 *
 * Sources: IBM PS/2 Hardware Interface Technical Reference (keyboard controller, scan code set 1);
 * console_codes(4) for the sequences. State of the modifiers belongs to the interrupt alone.
 */
#include "dev/devices.h"

#include "dev/screen.h"
#include "lib/printf.h"
#include "x86/io.h"
#include "x86/cpu.h"
#include "x86/trap.h"

#define DATA         0x60
#define STATUS       0x64 // write: commands
#define STATUS_OUT   0x01 // a byte waits to be read
#define STATUS_IN    0x02 // the controller has not taken the last byte yet
#define STATUS_MOUSE 0x20 // the byte is the mouse's
#define KEYBOARD_IRQ 1

#define CMD_READ_CONFIG  0x20
#define CMD_WRITE_CONFIG 0x60
#define CMD_MOUSE_OFF    0xa7
#define CMD_KEYBOARD_OFF 0xad
#define CMD_KEYBOARD_ON  0xae
#define CMD_PULSE_RESET  0xfe
#define CONFIG_IRQ1      0x01
#define CONFIG_IRQ12     0x02
#define CONFIG_OFF       0x10
#define CONFIG_TRANSLATE 0x40
#define KEYBOARD_ENABLE  0xf4
#define KEYBOARD_ACK     0xfa

#define POLLS_MAX 100000 // a status read takes about 1 us

enum { // scan codes with a meaning of their own
    SC_CTRL = 0x1d,
    SC_LEFT_SHIFT = 0x2a,
    SC_RIGHT_SHIFT = 0x36,
    SC_ALT = 0x38,
    SC_CAPS = 0x3a,
    SC_F1 = 0x3b,
    SC_F10 = 0x44,
    SC_NUM = 0x45,
    SC_KEYPAD_7 = 0x47,
    SC_KEYPAD_DOT = 0x53,
    SC_F11 = 0x57,
    SC_F12 = 0x58,
    SC_EXTENDED = 0xe0,
    SC_PAUSE = 0xe1,
    SC_RELEASE = 0x80,
};

static const char plain[] =
    "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
static const char keypad[] = "789-456+1230.";
/* What the keypad's keys are without NumLock, and the grey keys always: final letter, or number for
 * ~. */
static const char navigation[] = "\1A\5-D\0C+\4B\6\2\3";

static bool shift, ctrl, alt, caps, num_lock = true;
static unsigned extended; // bytes of a prefixed code still to come

static void type(const char *text, size_t len)
{
    if (screen_device.input)
        screen_device.input(&screen_device, text, len);
}

static void type_char(char c)
{
    char text[2] = {'\033', c};

    type(alt ? text : text + 1, alt ? 2 : 1);
}

static void type_navigation(unsigned key)
{
    char text[8], what = navigation[key];
    int n = 0;

    if (what >= 'A' && what <= 'D')
        n = snprintf(text, sizeof(text), screen_app_cursor_keys() ? "\033O%c" : "\033[%c", what);
    else if (what >= 1 && what <= 6)
        n = snprintf(text, sizeof(text), "\033[%d~", what);
    type(text, n);
}

static void type_function(unsigned number)
{
    static const uint8_t code[] = {17, 18, 19, 20, 21, 23, 24}; // from F6 on
    char text[8];
    int n = number <= 5 ? snprintf(text, sizeof(text), "\033[[%c", 'A' + number - 1)
                        : snprintf(text, sizeof(text), "\033[%d~", code[number - 6]);

    type(text, n);
}

/* The control character of a key's character, or -1. */
static int control_char(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= '@' && c <= '_'))
        return c & 0x1f;
    switch (c) {
    case ' ':
    case '2':
    case '`':
        return 0;
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
        return c - '3' + 0x1b;
    case '-':
    case '/':
        return 0x1f;
    case '8':
    case '?':
        return 0x7f;
    }
    return -1;
}

static void press_character(uint8_t code)
{
    char c = plain[code];
    bool letter = c >= 'a' && c <= 'z';

    if (shift != (caps && letter))
        c = shifted[code];
    if (!c)
        return;
    int control = ctrl ? control_char(c) : -1;
    type_char(control >= 0 ? control : c);
}

static void press(uint8_t code, bool grey)
{
    if (code >= SC_KEYPAD_7 && code <= SC_KEYPAD_DOT) {
        unsigned key = code - SC_KEYPAD_7;
        bool operation = keypad[key] == '-' || keypad[key] == '+';
        if (!grey && (operation || num_lock != shift))
            type_char(keypad[key]);
        else
            type_navigation(key);
    } else if (grey) {
        if (code == 0x1c) // Enter of the keypad
            type_char('\r');
        else if (code == 0x35)
            type_char('/');
    } else if (code >= SC_F1 && code <= SC_F10) {
        type_function(code - SC_F1 + 1);
    } else if (code == SC_F11 || code == SC_F12) {
        type_function(code - SC_F11 + 11);
    } else if (code < sizeof(plain) - 1) {
        press_character(code);
    }
}

static void take_code(uint8_t byte)
{
    if (byte == SC_PAUSE) {
        extended = 2; // two more bytes, nothing to do for them
        return;
    }
    if (byte == SC_EXTENDED) {
        extended = 1;
        return;
    }
    if (extended == 2 || (extended == 3)) {
        extended = extended == 2 ? 3 : 0;
        return;
    }
    bool grey = extended == 1, down = !(byte & SC_RELEASE);
    uint8_t code = byte & ~SC_RELEASE;
    extended = 0;
    switch (code) {
    case SC_LEFT_SHIFT:
    case SC_RIGHT_SHIFT:
        if (!grey) // grey: fake shifts around navigation keys
            shift = down;
        break;
    case SC_CTRL:
        ctrl = down;
        break;
    case SC_ALT:
        alt = down;
        break;
    case SC_CAPS:
        caps ^= down;
        break;
    case SC_NUM:
        num_lock ^= down;
        break;
    default:
        if (down)
            press(code, grey);
    }
}

static void keyboard_interrupt(void *unused)
{
    uint8_t status;

    (void)unused;
    for (int i = 0; i < 64 && ((status = inb(STATUS)) & STATUS_OUT); i++) {
        uint8_t byte = inb(DATA);
        if (!(status & STATUS_MOUSE))
            take_code(byte);
    }
}

// --- set-up --------------------------------------------------------------------------------------

static bool wait_status(uint8_t mask, uint8_t want)
{
    for (int i = 0; i < POLLS_MAX; i++) {
        if ((inb(STATUS) & mask) == want)
            return true;
        cpu_relax();
    }
    return false;
}

static bool command(uint8_t c)
{
    if (!wait_status(STATUS_IN, 0))
        return false;
    outb(STATUS, c);
    return wait_status(STATUS_IN, 0);
}

static bool send(uint8_t byte)
{
    if (!wait_status(STATUS_IN, 0))
        return false;
    outb(DATA, byte);
    return true;
}

static int receive(void)
{
    return wait_status(STATUS_OUT, STATUS_OUT) ? inb(DATA) : -1;
}

static bool set_up_controller(void)
{
    if (inb(STATUS) == 0xff || !command(CMD_KEYBOARD_OFF) || !command(CMD_MOUSE_OFF))
        return false;
    for (int i = 0; i < 64 && (inb(STATUS) & STATUS_OUT); i++)
        (void)inb(DATA);
    if (!command(CMD_READ_CONFIG))
        return false;
    int config = receive();
    if (config < 0)
        return false;
    config = (config & ~(CONFIG_OFF | CONFIG_IRQ12)) | CONFIG_IRQ1 | CONFIG_TRANSLATE;
    return command(CMD_WRITE_CONFIG) && send(config) && command(CMD_KEYBOARD_ON);
}

void keyboard_init(void)
{
    if (!set_up_controller()) {
        log_info("keyboard: no i8042");
        return;
    }
    bool answers = send(KEYBOARD_ENABLE) && receive() == KEYBOARD_ACK;
    int err = irq_register(KEYBOARD_IRQ, "i8042", keyboard_interrupt, NULL);
    if (err < 0)
        log_warn("keyboard: no interrupt (error %d)", -err);
    else
        log_info("keyboard: i8042%s", answers ? "" : ", nothing answers yet");
}

void keyboard_reset_machine(void)
{
    if (inb(STATUS) != 0xff && wait_status(STATUS_IN, 0))
        outb(STATUS, CMD_PULSE_RESET);
    for (int i = 0; i < POLLS_MAX; i++)
        cpu_relax();
}
